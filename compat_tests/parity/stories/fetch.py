"""Fetch and ListOffsets: every version, limits, waits, epochs, sessions."""

from __future__ import annotations

from collections.abc import Iterator

from compat_tests.parity.batches import NOW, Batch, Rec, b64
from compat_tests.parity.script import Json, Step, Story, call, receive, send
from compat_tests.parity.stories.common import (
    NOWHERE,
    UNKNOWN_ID,
    ZERO_ID,
    at,
    fetch_body,
    filled,
    produce_body,
    topic,
    versions,
)


def stories() -> Iterator[Story]:
    for version in versions("Fetch"):
        yield Story(f"fetch-v{version}", list(fetch(version)))
        yield Story(f"fetch-limits-v{version}", list(limits(version)))
        yield Story(f"fetch-waits-v{version}", list(waits(version)))
        if version >= 7:
            yield Story(f"fetch-sessions-v{version}", list(sessions(version)))
    for version in versions("ListOffsets"):
        yield Story(f"list-offsets-v{version}", list(list_offsets(version)))


def some(count: int, size: int = 50) -> Batch:
    return Batch([Rec(b"v" * size) for _ in range(count)])


def three_batches() -> list[Step]:
    """631, 346 and 346 bytes; offsets 0-9, 10-14 and 15-19."""
    return filled(some(10), some(5), some(5))


def fetch(version: int) -> Iterator[Step]:
    def one(what: str, *partitions: dict[str, Json], name: str = "${topic}", **top: Json) -> Step:
        return call("Fetch", version, fetch_body(version, list(partitions), name, **top), what)

    yield from topic(2)
    yield from three_batches()
    for offset in (0, 7, 10, 19, 20, 21, -1, -5, 1 << 40):
        yield one(f"offset {offset}", at(offset))
    yield one("empty partition", at(0, 1))
    yield one("two partitions", at(15), at(0, 1))
    yield one("partition twice", at(0), at(10))
    yield one("unknown partition", at(0, 7))
    yield one("negative partition", at(0, -1))
    yield one("known and unknown partition", at(0, 7), at(15))
    yield one("unknown topic", at(0), name=UNKNOWN_ID if version >= 13 else NOWHERE)
    yield one("no such topic", at(0), name=ZERO_ID if version >= 13 else "a/b")
    yield one("no partitions")
    empty = {"maxWaitMs": 5000, "minBytes": 1, "maxBytes": 1 << 20, "topics": []}
    yield call("Fetch", version, empty, "no topics", takes_s=(0, 1))
    for level in (1, 2):
        yield one(f"isolation level {level}", at(15), isolationLevel=level)
    if version <= 14:
        for replica in (1, 5, -2):
            yield one(f"as replica {replica}", at(15), replicaId=replica)
    else:
        for replica in (1, 5, -2):
            state = {"replicaId": replica, "replicaEpoch": -1}
            yield one(f"as replica {replica}", at(15), replicaState=state)
    yield one("replica's start", at(15, logStartOffset=5))
    if version >= 9:
        for epoch in (0, 1, -1, -2):
            yield one(f"leader epoch {epoch}", at(15, currentLeaderEpoch=epoch))
    if version >= 12:
        for epoch in (0, 1, -1):
            yield one(f"last fetched epoch {epoch}", at(15, lastFetchedEpoch=epoch))
        yield one("last fetched epoch at the end", at(20, lastFetchedEpoch=0), maxWaitMs=0)
    if version >= 11:
        yield one("rack", at(15), rackId="somewhere")


def limits(version: int) -> Iterator[Step]:
    def one(what: str, *partitions: dict[str, Json], **top: Json) -> Step:
        return call("Fetch", version, fetch_body(version, list(partitions), **top), what)

    yield from topic(2)
    yield from three_batches()
    yield from filled(some(10), some(5), partition=1)
    for limit in (0, 1, 630, 631, 632, 700, 976, 977, 978, 1323, -1):
        yield one(f"partition limit {limit}", at(0, limit=limit))
        yield one(f"partition limit {limit} in the middle", at(12, limit=limit))
    for limit in (0, 1, 630, 631, 700, 977, 1323, 1400, -1):
        yield one(f"limit {limit}", at(0), at(0, 1), maxBytes=limit)
    yield one("first-batch exception at an empty one", at(20), at(0, 1), maxBytes=1)
    yield one("each partition's limit", at(0, limit=700), at(0, 1, limit=100))
    yield one("order of the request", at(0, 1, limit=700), at(0, limit=700), maxBytes=800)


def waits(version: int) -> Iterator[Step]:
    def body(least: int, wait: int, *partitions: dict[str, Json]) -> dict[str, Json]:
        return fetch_body(version, list(partitions), minBytes=least, maxWaitMs=wait)

    def one(what: str, takes_s: tuple[float, float], least: int, wait: int, offset: int) -> Step:
        return call("Fetch", version, body(least, wait, at(offset)), what, takes_s=takes_s)

    yield from topic(2)
    yield from filled(some(10), some(5))
    yield one("something is there", (0, 1), 1, 5000, 0)
    yield one("enough is there", (0, 1), 977, 5000, 0)
    yield one("not enough", (0.25, 1), 978, 300, 0)
    yield one("nothing", (0.25, 1), 1, 300, 15)
    yield one("nothing, at once", (0, 0.25), 1, 0, 15)
    yield one("negative wait", (0, 0.25), 1, -1, 15)
    yield one("least 0", (0, 1), 0, 5000, 15)
    yield one("least negative", (0, 1), -1, 5000, 15)
    yield one("out of range", (0, 1), 1, 5000, 99)
    yield send("Fetch", version, body(1, 8000, at(15)), connection="waits")
    more = b64(some(5))
    yield call("Produce", 9, produce_body(9, more), "append")
    yield receive("Fetch", version, "waits", "woken by an append", takes_s=(0, 2))
    yield send("Fetch", version, body(400, 8000, at(20), at(0, 1)), connection="waits")
    yield call("Produce", 9, produce_body(9, more), "not enough yet")
    yield call("Produce", 9, produce_body(9, more, partition=1), "enough over two")
    yield receive("Fetch", version, "waits", "woken by two appends", takes_s=(0, 2))


def sessions(version: int) -> Iterator[Step]:
    def one(
        what: str, session: Json, epoch: int, *partitions: dict[str, Json], **more: Json
    ) -> Step:
        capture = more.pop("capture", {})
        body = fetch_body(version, list(partitions), maxWaitMs=0)
        body |= {"sessionId": session, "sessionEpoch": epoch} | more
        if not partitions:
            body["topics"] = []
        return call("Fetch", version, body, what, capture=capture)

    def forgotten(*partitions: int) -> list[Json]:
        which = {"topicId": "${id}"} if version >= 13 else {"topic": "${topic}"}
        return [which | {"partitions": list(partitions)}]

    yield from topic(3)
    yield from three_batches()
    yield from filled(some(5), partition=1)
    yield one("unknown session", 12345, 1, at(0))
    yield one("epoch without session", 0, 3, at(0))
    yield one("closing none", 0, -1, at(0))
    opening = [at(0), at(0, 1), at(0, 2)]
    yield one("open", 0, 0, *opening, capture={"session": "sessionId"})
    yield one("nothing changed but positions", "${session}", 1, at(20), at(5, 1))
    yield one("nothing new", "${session}", 2)
    yield call("Produce", 9, produce_body(9, b64(some(5)), 1), "append")
    yield one("only what is new", "${session}", 3)
    yield one("again, since the position stands", "${session}", 4)
    yield one("read", "${session}", 5, at(10, 1))
    yield one("wrong epoch", "${session}", 5)
    yield one("epoch too far", "${session}", 9)
    yield one("an error is told", "${session}", 6, at(99))
    yield one("and told again", "${session}", 7)
    yield one("mended", "${session}", 8, at(20))
    yield one("unknown partition joins", "${session}", 9, at(0, 7))
    yield one("it stays unknown", "${session}", 10)
    gone = forgotten(7)
    yield one("forget it", "${session}", 11, forgottenTopicsData=gone)
    yield one("forget what is not there", "${session}", 12, forgottenTopicsData=forgotten(9))
    yield one("rotation", "${session}", 13, at(0), at(0, 1), maxBytes=1)
    yield one("the other first", "${session}", 14, maxBytes=1)
    yield one("forget all", "${session}", 15, forgottenTopicsData=forgotten(0, 1, 2))
    yield one("emptied", "${session}", 16)
    yield one("open another", 0, 0, at(20), capture={"second": "sessionId"})
    yield one("replace it", "${second}", 0, at(20), capture={"third": "sessionId"})
    yield one("the replaced one", "${second}", 1)
    yield one("close", "${third}", -1, at(15))
    yield one("the closed one", "${third}", 1)


def list_offsets(version: int) -> Iterator[Step]:
    def one(what: str, *partitions: tuple[int, int], name: str = "${topic}", **more: Json) -> Step:
        epoch = more.pop("epoch", None)
        wanted = [{"partitionIndex": index, "timestamp": time} for index, time in partitions]
        if epoch is not None:
            wanted = [one | {"currentLeaderEpoch": epoch} for one in wanted]
        body = {"replicaId": -1, "topics": [{"name": name, "partitions": wanted}]} | more
        return call("ListOffsets", version, body, what)

    yield from topic(2)
    times = [Rec(timestamp_delta=delta) for delta in (0, 500, 200, 500)]
    yield from filled(Batch(times), Batch([Rec(timestamp_delta=300)]), Batch([Rec()], codec="gzip"))
    for special in range(-1, -9, -1):
        yield one(f"timestamp {special}", (0, special), (1, special))
    for later in (-NOW, -1, 0, 1, 200, 201, 500, 501, 1 << 60):
        yield one(f"time {later}", (0, NOW + later))
    yield one("time in an empty partition", (1, NOW))
    yield one("unknown partition", (7, -1))
    yield one("negative partition", (-1, -1))
    yield one("unknown topic", (0, -1), name=NOWHERE)
    yield one("bad name", (0, -1), name="a/b")
    yield one("partition twice", (0, -1), (0, -2))
    yield one("two partitions", (0, -1), (1, -1))
    yield one("no partitions")
    yield call("ListOffsets", version, {"replicaId": -1, "topics": []}, "no topics")
    for replica in (-2, 1, 5):
        yield one(f"as replica {replica}", (0, -1), replicaId=replica)
    if version >= 2:
        for level in (1, 2):
            yield one(f"isolation level {level}", (0, -1), isolationLevel=level)
    if version >= 4:
        for leader_epoch in (0, 1, -2):
            yield one(f"leader epoch {leader_epoch}", (0, -1), epoch=leader_epoch)
