"""What a broker with narrow limits refuses: played on brokers of their own, with these SETTINGS."""

from __future__ import annotations

import struct
from collections.abc import Iterator

from compat_tests.parity.batches import Batch, Rec, b64
from compat_tests.parity.script import Json, Step, Story, call, raw, receive, send
from compat_tests.parity.stories.common import (
    at,
    fetch_body,
    filled,
    group,
    produce_body,
    topic,
    versions,
)
from compat_tests.parity.stories.groups import (
    OTHERS,
    join,
    join_body,
    join_first,
    join_later,
    joined,
    sync,
)
from compat_tests.parity.stories.offsets import commit_body, read
from compat_tests.parity.stories.transaction_steps import coordinator, init, txn

FRAME_BYTES, MESSAGE_BYTES, METADATA_BYTES, FETCH_BYTES = 20_000, 1_000, 10, 1_024
REBALANCE = 27  # in progress
SETTINGS = {
    "auto.create.topics.enable": "false",
    "connections.max.idle.ms": "4000",
    "delete.topic.enable": "false",
    "fetch.max.bytes": str(FETCH_BYTES),
    "group.initial.rebalance.delay.ms": "500",
    "group.max.session.timeout.ms": "30000",
    "group.max.size": "2",
    "max.incremental.fetch.session.cache.slots": "0",
    "max.request.partition.size.limit": "2",
    "message.max.bytes": str(MESSAGE_BYTES),
    "offset.metadata.max.bytes": str(METADATA_BYTES),
    "socket.request.max.bytes": str(FRAME_BYTES),
    "transaction.max.timeout.ms": "60000",
}


def stories() -> Iterator[Story]:
    for version in versions("JoinGroup"):
        yield Story(f"limits-group-v{version}", list(full_group(version)))
        yield Story(f"limits-join-v{version}", list(first_join(version)))
    for version in versions("Produce"):
        yield Story(f"limits-produce-v{version}", list(large_batches(version)))
    for version in versions("Fetch"):
        yield Story(f"limits-fetch-v{version}", list(large_answers(version)))
    for version in versions("OffsetCommit"):
        yield Story(f"limits-offset-commit-v{version}", list(long_metadata(version)))
    for version in versions("InitProducerId"):
        yield Story(f"limits-init-producer-id-v{version}", list(long_transactions(version)))
    for version in versions("DeleteTopics"):
        yield Story(f"limits-delete-topics-v{version}", list(deletion(version)))
    for version in versions("Metadata"):
        yield Story(f"limits-metadata-v{version}", list(no_creation(version)))
    yield Story("limits-topic-partitions", list(topic_partitions()))
    yield Story("limits-frames", list(large_frames()))
    yield Story("limits-idle", list(idle()))


def full_group(version: int) -> Iterator[Step]:
    """Two are let in; whoever comes then is not, until one of them has left."""
    other = OTHERS[version]
    yield from group()
    yield from join_first(version, "a")
    yield sync(other, "a", 1, a="mine")
    if version >= 4:
        body = join_body(version)
        yield call("JoinGroup", version, body, "b asks", capture={"b": "memberId"}, connection="b")
        yield join_later(version, "b")
    else:
        yield send("JoinGroup", version, join_body(version), "b joins", connection="b")
    beating = {"groupId": "${group}", "generationId": 1, "memberId": "${a}"}
    yield call("Heartbeat", min(other, 4), beating, "a beats", connection="a", until_code=REBALANCE)
    yield join(version, "a")
    yield joined(version, "b", capture={"b": "memberId"})
    yield call("JoinGroup", version, join_body(version), "one too many", connection="c")
    yield call("JoinGroup", version, join_body(version, "nobody"), "unknown", connection="c")
    if version >= 5:
        body = join_body(version, groupInstanceId="static")
        yield call("JoinGroup", version, body, "a static one", connection="c")


def first_join(version: int) -> Iterator[Step]:
    """A new group waits for more members; sessions may only be so long."""
    yield from group()
    for timeout_ms in (30_001, 30_000):
        body = join_body(version, sessionTimeoutMs=timeout_ms)
        if version >= 4 and timeout_ms == 30_000:
            asked = {"a": "memberId"}
            yield call("JoinGroup", version, body, "a asks", capture=asked, connection="a")
            body = body | {"memberId": "${a}"}
        what = f"a session of {timeout_ms} ms"
        if timeout_ms == 30_000:
            yield call("JoinGroup", version, body, what, connection="a", takes_s=(0.45, 3.0))
        else:
            yield call("JoinGroup", version, body, what, connection="a")


def large_batches(version: int) -> Iterator[Step]:
    yield from topic(1)
    yield from topic(1, name="${topic}-own", max_message_bytes="2000")
    for size in (900, 1_000, 2_000):
        records = b64(Batch([Rec(bytes(size))]))
        for name in ("${topic}", "${topic}-own") if version < 13 else ("${topic}",):
            body = produce_body(version, records, name=name)
            yield call("Produce", version, body, f"{size} to {name}")


def large_answers(version: int) -> Iterator[Step]:
    """The broker's limit counts like the client's; and there are no sessions."""
    yield from topic(2)
    for partition in (0, 1):
        yield from filled(*[Batch([Rec(bytes(600))])] * 2, partition=partition)
    wanted = [at(0, partition) for partition in (0, 1)]
    yield call("Fetch", version, fetch_body(version, wanted), "all")
    if version >= 7:
        body = fetch_body(version, wanted, sessionId=0, sessionEpoch=0)
        yield call("Fetch", version, body, "a session")


def long_metadata(version: int) -> Iterator[Step]:
    yield from topic(1)
    yield from group()
    for size in (METADATA_BYTES, METADATA_BYTES + 1):
        body = commit_body(version, size, metadata="m" * size)
        yield call("OffsetCommit", version, body, f"{size} characters")
    yield call("OffsetCommit", version, commit_body(version, 7, metadata="é" * 6), "12 bytes")
    yield read()


def long_transactions(version: int) -> Iterator[Step]:
    yield from coordinator()
    yield init("t", "p")
    for timeout_ms in (60_001, 60_000, 0, -1):
        body = {"transactionalId": txn("t"), "transactionTimeoutMs": timeout_ms}
        yield call("InitProducerId", version, body, f"{timeout_ms} ms")


def deletion(version: int) -> Iterator[Step]:
    yield from topic(1)
    names: dict[str, Json] = {"topicNames": ["${topic}"]}
    if version >= 6:
        names = {"topics": [{"name": "${topic}", "topicId": "AAAAAAAAAAAAAAAAAAAAAA"}]}
    yield call("DeleteTopics", version, names | {"timeoutMs": 5000})


def no_creation(version: int) -> Iterator[Step]:
    allowed = {"allowAutoTopicCreation": True} if version >= 4 else {}
    for name in ("${topic}-nowhere", "bad/name"):
        yield call("Metadata", version, {"topics": [{"name": name}]} | allowed, name)


def topic_partitions() -> Iterator[Step]:
    yield from topic(3)
    for limit in (1, 2, 3):
        body = {"topics": [{"name": "${topic}"}], "responsePartitionLimit": limit}
        yield call("DescribeTopicPartitions", 0, body, f"at most {limit}")


def large_frames() -> Iterator[Step]:
    """The longest that may be is read, and is found to be no request."""
    for size in (FRAME_BYTES, FRAME_BYTES + 1):
        header = struct.pack(">ihhih", size, 18, 0, 7, -1)
        frame = header.ljust(4 + size, b"\0")
        yield raw(f"{size} bytes", frame, "ApiVersions", 0, connection=str(size), patience_s=3)


def idle() -> Iterator[Step]:
    yield call("ApiVersions", 0, {}, connection="i", compared=False)
    yield receive("ApiVersions", 0, "i", "not yet", patience_s=2.0)
    yield receive("ApiVersions", 0, "i", "closed", patience_s=10.0)
