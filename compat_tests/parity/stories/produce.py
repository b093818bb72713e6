"""Produce and InitProducerId: every version; right batches, and wrong ones of every kind."""

from __future__ import annotations

from collections.abc import Iterator

from compat_tests.parity.batches import (
    CONTROL,
    LOG_APPEND_TIME,
    NOW,
    TRANSACTIONAL,
    Batch,
    Rec,
    b64,
    legacy,
)
from compat_tests.parity.script import Json, Step, Story, call, prepare
from compat_tests.parity.stories.common import (
    NOWHERE,
    UNKNOWN_ID,
    ZERO_ID,
    at,
    fetch_body,
    produce_body,
    topic,
    versions,
)

TWO = b64(Batch([Rec(), Rec()]))
IN_2100 = 4_102_444_800_000


def stories() -> Iterator[Story]:
    for version in versions("Produce"):
        yield Story(f"produce-v{version}", list(produce(version)))
        yield Story(f"produce-batches-v{version}", list(wrong_batches(version)))
        yield Story(f"produce-acks-zero-v{version}", list(acks_zero(version)))
        yield Story(f"idempotence-v{version}", list(idempotence(version)))
    for version in versions("InitProducerId"):
        yield Story(f"init-producer-id-v{version}", list(init_producer_id(version)))
    yield Story("produce-topic-settings", list(topic_settings()))
    yield Story("sequences-wrap", list(sequences_wrap()))
    for version in versions("Produce"):
        yield Story(f"produce-refused-by-log-v{version}", list(refused_by_log(version)))


def read_back(what: str = "what is there", offset: int = 0) -> Step:
    return call("Fetch", 12, fetch_body(12, [at(offset, limit=1 << 22)]), what)


def produce(version: int) -> Iterator[Step]:
    def one(what: str, body: dict[str, Json]) -> Step:
        return call("Produce", version, body, what)

    def bodies(*partitions: int, acks: int = -1) -> dict[str, Json]:
        body = produce_body(version, TWO, acks=acks)
        body["topicData"][0]["partitionData"] = [
            {"index": index, "records": TWO} for index in partitions
        ]
        return body

    yield from topic(2)
    for acks in (-1, 1, 2, -2):
        yield one(f"acks {acks}", bodies(0, acks=acks))
    yield one("two partitions", bodies(0, 1))
    yield one("partition twice", bodies(1, 1))
    yield one("unknown partition", bodies(7))
    yield one("negative partition", bodies(-1))
    yield one("known and unknown partition", bodies(0, 7))
    nowhere = UNKNOWN_ID if version >= 13 else NOWHERE
    yield one("unknown topic", produce_body(version, TWO, name=nowhere))
    yield one("no such topic", produce_body(version, TWO, name=ZERO_ID if version >= 13 else "a/b"))
    yield one("no topics", {"acks": -1, "timeoutMs": 100, "topicData": []})
    yield one("no partitions", bodies())
    yield one("no time", produce_body(version, TWO) | {"timeoutMs": 0})
    yield one("less than no time", produce_body(version, TWO) | {"timeoutMs": -1})
    topic_twice = bodies(0)
    topic_twice["topicData"] *= 2
    yield one("topic twice", topic_twice)
    yield one("transactional id", produce_body(version, TWO) | {"transactionalId": "${group}"})
    yield read_back()


def wrong_batches(version: int) -> Iterator[Step]:
    yield from topic(1)
    for what, data in batches().items():
        yield call("Produce", version, produce_body(version, data), what, connection=what)
    yield read_back()


def refused_by_log(version: int) -> Iterator[Step]:
    """Too few replicas, and a batch that no segment has room for."""
    yield from topic(1, min_insync_replicas="2")
    for acks in (-1, 1, 0):
        patience_s = 10.0 if acks else 0.2
        body = produce_body(version, TWO, acks=acks)
        yield call("Produce", version, body, f"acks {acks}", patience_s=patience_s)
    yield read_back()
    yield from topic(1, "${topic}-2", segment_bytes="1048576", max_message_bytes="3000000")
    large = produce_body(version, b64(Batch([Rec(b"x" * (1 << 20))])), name="${topic}-2")
    if version >= 13:
        large["topicData"][0]["topicId"] = "${id}"
    yield call("Produce", version, large, "larger than a segment")


def batches() -> dict[str, str | None]:
    """Every kind of batch that a client could send, by what is odd about it."""
    good = Batch([Rec(key=b"k", headers=[(b"h", b"v"), (b"n", None)]), Rec(None), Rec(b"")])
    return {
        "good": b64(good),
        **{
            codec: b64(Batch([Rec(), Rec()], codec=codec))
            for codec in ("gzip", "snappy", "lz4", "zstd")
        },
        "two batches": b64(Batch(), Batch()),
        "no bytes": b64(),
        "no records": b64(Batch([])),
        "bad crc": b64(Batch(crc=5)),
        "message set v0": b64(legacy([b"a", None], 0)),
        "message set v1": b64(legacy([b"a", None], 1)),
        "magic 3": b64(Batch(magic=3)),
        "magic 1 in the header": b64(Batch(magic=1)),
        "count too large": b64(Batch(count=2)),
        "delta too large": b64(Batch(last_offset_delta=3)),
        "count and delta too large": b64(Batch(last_offset_delta=3, count=4)),
        "count and delta too small": b64(Batch([Rec(), Rec()], last_offset_delta=0, count=1)),
        "negative count": b64(Batch(count=-1)),
        "id without sequence": b64(Batch(producer_id=5, producer_epoch=0)),
        "id without epoch": b64(Batch(producer_id=6, sequence=0)),
        "sequence without id": b64(Batch(sequence=3, producer_epoch=1)),
        "control": b64(Batch(attributes=CONTROL)),
        "log append time": b64(Batch(attributes=LOG_APPEND_TIME)),
        "transactional": b64(
            Batch(attributes=TRANSACTIONAL, producer_id=7, producer_epoch=0, sequence=0)
        ),
        "timestamp -1": b64(Batch(base_timestamp=-1)),
        "timestamp -2": b64(Batch(base_timestamp=-2)),
        "timestamp of 2100": b64(Batch([Rec(), Rec()], base_timestamp=IN_2100)),
        "second timestamp of 2100": b64(Batch([Rec(), Rec(timestamp_delta=IN_2100 - NOW)])),
        "maximum too large": b64(Batch(max_timestamp=NOW + 5)),
        "maximum of 2100": b64(Batch(max_timestamp=IN_2100)),
        "maximum too small": b64(Batch([Rec(timestamp_delta=9)], max_timestamp=NOW)),
        "base offset 77": b64(Batch(base_offset=77)),
        "leader epoch 9": b64(Batch(leader_epoch=9)),
        "offset deltas 0 0": b64(Batch([Rec(offset_delta=0), Rec(offset_delta=0)])),
        "offset deltas 1 0": b64(Batch([Rec(offset_delta=1), Rec(offset_delta=0)])),
        "half a header": b64(Batch().encode()[:30]),
        "half a batch": b64(Batch().encode()[:64]),
        "three bytes more": b64(Batch().encode() + b"\0\0\0"),
        "length too small": b64(Batch(length=20)),
        "length too large": b64(Batch(length=2000)),
        "negative length": b64(Batch(length=-1)),
        "bytes after the last record": b64(Batch(extra=b"xx")),
        "large": b64(Batch([Rec(b"x" * 1_000_000)])),
        "too large": b64(Batch([Rec(b"x" * 1_050_000)])),
        "codec 5": b64(Batch(attributes=5)),
        "plain, says gzip": b64(Batch(attributes=1)),
        "unused attribute": b64(Batch(attributes=1 << 7)),
        "good after all": b64(good),
    }


def acks_zero(version: int) -> Iterator[Step]:
    """Nothing is answered; a failure closes the connection."""

    def one(what: str, records: str, name: str = "${topic}", patience_s: float = 3) -> Step:
        body = produce_body(version, records, name=name, acks=0)
        return call("Produce", version, body, what, connection=what, patience_s=patience_s)

    yield from topic(1)
    yield one("good", TWO, patience_s=0.4)
    yield one("bad crc", b64(Batch(crc=5)))
    yield one("unknown topic", TWO, UNKNOWN_ID if version >= 13 else NOWHERE)
    yield one("good again", TWO, patience_s=0.4)
    yield prepare("Fetch", 12, fetch_body(12, [at(0)]), "until it is there")
    yield read_back()


def idempotence(version: int) -> Iterator[Step]:
    """Ids are taken as they come when nothing is known of them: no need to ask for one."""

    def one(what: str, sequence: int, epoch: int = 3, count: int = 2, producer: int = 4000) -> Step:
        batch = Batch(
            [Rec()] * count, producer_id=producer, producer_epoch=epoch, sequence=sequence
        )
        return call("Produce", version, produce_body(version, b64(batch)), what)

    yield from topic(1)
    yield one("first", 0)
    yield one("duplicate", 0)
    yield one("next", 2)
    yield one("gap", 5)
    yield one("old, in the window", 0)
    yield one("overlaps", 3)
    yield one("same start, longer", 2, count=3)
    for number in range(4, 14, 2):
        yield one(f"sequence {number}", number)
    yield one("old, out of the window", 0)
    yield one("last in the window", 4)
    yield one("old epoch", 14, epoch=2)
    yield one("new epoch, wrong start", 14, epoch=4)
    yield one("new epoch", 0, epoch=4)
    yield one("new epoch, duplicate", 0, epoch=4)
    yield one("epoch before", 14)
    yield one("unknown producer, sequence 9", 9, producer=4001)
    yield one("unknown producer, next", 11, producer=4001)
    yield one("negative epoch", 0, epoch=-1, producer=4002)
    yield read_back()


def sequences_wrap() -> Iterator[Step]:
    def one(what: str, sequence: int, count: int = 2) -> Step:
        batch = Batch([Rec()] * count, producer_id=4000, producer_epoch=0, sequence=sequence)
        return call("Produce", 9, produce_body(9, b64(batch)), what)

    yield from topic(1)
    yield one("near the end", (1 << 31) - 3)
    yield one("over the end", (1 << 31) - 1)
    yield one("duplicate", (1 << 31) - 1)
    yield one("after it", 1)
    yield read_back()


def topic_settings() -> Iterator[Step]:
    yield from topic(1, cleanup_policy="compact")
    keys = Batch([Rec(key=b"k"), Rec(), Rec(key=b"k"), Rec()])
    for version in (7, 8, 13):
        yield call("Produce", version, produce_body(version, b64(keys)), f"null keys v{version}")
    for codec in ("none", "gzip"):
        batch = Batch([Rec(), Rec(key=b"k")], codec=codec)
        yield call("Produce", 9, produce_body(9, b64(batch)), f"null key, {codec}")
    yield call("Produce", 9, produce_body(9, b64(Batch([Rec(key=b"k")]))), "with key")
    yield read_back()


def producer_ids_ready() -> Step:
    """The first asks for a block of ids, which takes the real one a moment."""
    body = {"transactionalId": None, "transactionTimeoutMs": 60000}
    return prepare("InitProducerId", 0, body, "producer ids settle")


def init_producer_id(version: int) -> Iterator[Step]:
    def one(what: str, **more: Json) -> Step:
        body = {"transactionalId": None, "transactionTimeoutMs": 60000} | more
        return call("InitProducerId", version, body, what)

    yield producer_ids_ready()
    yield one("an id")
    yield one("another")
    yield one("no timeout", transactionTimeoutMs=-1)
    yield one("timeout 0", transactionTimeoutMs=0)
    yield one("long timeout", transactionTimeoutMs=(1 << 31) - 1)
    yield one("empty transactional id", transactionalId="")
    if version >= 3:
        yield one("with id and epoch", producerId=5, producerEpoch=3)
        yield one("with id only", producerId=5)
        yield one("with epoch only", producerEpoch=3)
