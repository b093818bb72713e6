"""What brokers do unasked, once it is time: played on brokers of their own, with these SETTINGS."""

from __future__ import annotations

from collections.abc import Iterator

from compat_tests.parity.batches import NOW, Batch, Rec
from compat_tests.parity.script import Json, Step, Story, call
from compat_tests.parity.stories.common import at, fetch_body, filled, group, topic
from compat_tests.parity.stories.configs import SET, TOPIC, change
from compat_tests.parity.stories.groups import join_first, subscription, sync
from compat_tests.parity.stories.offsets import commit_body, read
from compat_tests.parity.stories.transaction_steps import (
    added,
    batch,
    coordinator,
    ending,
    init,
    reading,
    settled,
    txn,
    writing,
)

CHECKS_MS = "200"
EXPIRATION_MS = 2000
SETTINGS = {
    "group.min.session.timeout.ms": "100",
    "log.initial.task.delay.ms": CHECKS_MS,
    "log.retention.check.interval.ms": CHECKS_MS,
    "offsets.retention.check.interval.ms": CHECKS_MS,
    "producer.id.expiration.ms": str(EXPIRATION_MS),
    "producer.id.expiration.check.interval.ms": CHECKS_MS,
    "transactional.id.expiration.ms": str(EXPIRATION_MS),
    "transaction.remove.expired.transaction.cleanup.interval.ms": CHECKS_MS,
}
RETENTION_MS = 12 * 3_600_000
LONG_AGO = NOW - 2 * RETENTION_MS
NOT_FOUND = 105  # a transactional id
# A version of JoinGroup that joins at once. Later ones tell the id first: the group is empty until
# the member joins, and a check of offsets would delete it.
DIRECT_JOIN = 3
RETENTION_SINCE, RETENTION_UNTIL = 2, 4  # versions of OffsetCommit with a retention time


def stories() -> Iterator[Story]:
    yield Story("retention-by-time", list(old_segments()))
    yield Story("retention-by-size", list(large_log()))
    yield Story("retention-of-all", list(everything_is_old()))
    for version in range(RETENTION_SINCE, RETENTION_UNTIL + 1):
        yield Story(f"offsets-expire-v{version}", list(offsets_expire(version)))
    yield Story("offsets-of-members-expire", list(offsets_of_members()))
    yield Story("idle-members-leave", list(idle_members()))
    yield Story("transactional-ids-expire", list(transactional_ids()))
    yield Story("producer-ids-expire", list(producer_ids()))
    yield Story("topic-gone-in-transaction", list(topic_gone()))


def moved(number: int) -> Batch:
    """Each in a segment of its own where segment.ms is less than ten seconds."""
    return Batch([Rec(b"%d" % number * 100)], base_timestamp=LONG_AGO + 10_000 * number)


def starts_at(offset: int) -> Step:
    wanted = {"partitionIndex": 0, "timestamp": -2}
    body = {"replicaId": -1, "topics": [{"name": "${topic}", "partitions": [wanted]}]}
    began = ("topics.0.partitions.0.offset", offset)
    return call("ListOffsets", 7, body, f"until the log starts at {offset}", until_value=began)


def looked_at(*offsets: int) -> Iterator[Step]:
    for offset in offsets:
        yield call("Fetch", 12, fetch_body(12, [at(offset)], maxWaitMs=0), f"fetch from {offset}")
    for moment in (-1, -3, LONG_AGO, LONG_AGO + 15_000, LONG_AGO + 45_000, NOW, NOW + 1):
        wanted = {"partitionIndex": 0, "timestamp": moment}
        body = {"replicaId": -1, "topics": [{"name": "${topic}", "partitions": [wanted]}]}
        yield call("ListOffsets", 7, body, f"offset of {moment - LONG_AGO}")
    folders = {"topics": [{"topic": "${topic}", "partitions": [0]}]}
    yield call("DescribeLogDirs", 2, folders, "size")
    epochs = {"partition": 0, "leaderEpoch": 0}
    body = {"replicaId": -1, "topics": [{"topic": "${topic}", "partitions": [epochs]}]}
    yield call("OffsetForLeaderEpoch", 4, body, "end of epoch 0")


def kept(key: str, value: str) -> Step:
    return change(1, f"{key}={value}", TOPIC, "${topic}", (key, SET, value))


def old_segments() -> Iterator[Step]:
    """A segment goes when its newest record is too old."""
    yield from topic(1, segment_ms="5000")
    recent = Batch(base_timestamp=NOW)
    yield from filled(moved(0), moved(1), moved(2), recent, moved(3))
    yield kept("retention.ms", str(RETENTION_MS))
    yield starts_at(3)
    yield from looked_at(2, 3, 4, 5)
    deletion = {"name": "${topic}", "partitions": [{"partitionIndex": 0, "offset": 2}]}
    yield call("DeleteRecords", 2, {"topics": [deletion], "timeoutMs": 5000}, "what is gone")
    yield from filled(moved(4))
    yield from looked_at(5)


def large_log() -> Iterator[Step]:
    """The oldest segments go while the others have the size that is kept."""
    yield from topic(1, segment_ms="5000")
    yield from filled(*(moved(number) for number in range(6)))
    yield kept("retention.bytes", "400")
    yield starts_at(3)
    yield from looked_at(0, 2, 3, 5)
    yield kept("retention.bytes", "0")
    yield starts_at(6)
    yield from looked_at(5, 6)


def everything_is_old() -> Iterator[Step]:
    """The newest segment goes as well, and offsets go on."""
    yield from topic(1, segment_ms="5000", retention_ms="1000000000")
    yield from filled(moved(0), moved(1))
    yield kept("retention.ms", str(RETENTION_MS))
    yield starts_at(2)
    yield from looked_at(1, 2)
    yield from filled(Batch(base_timestamp=NOW))
    yield from looked_at(2)


def gone(what: str, name: str = "${group}") -> Step:
    """Repeated until no offset is left."""
    body = {"groups": [{"groupId": name, "topics": None}]}
    return call("OffsetFetch", 8, body, what, until_value=("groups.0.topics", []))


def described(what: str, name: str = "${group}", **more: Json) -> Step:
    return call("DescribeGroups", 5, {"groups": [name]}, what, **more)


def a_while() -> Step:
    """A fetch that nothing ends before its time."""
    return call("Fetch", 12, fetch_body(12, [at(0)], maxWaitMs=1500, minBytes=1 << 20), "a while")


def offsets_expire(version: int) -> Iterator[Step]:
    def commit(what: str, partition: int, retention_ms: int) -> Step:
        body = commit_body(version, 5, partition=partition, retentionTimeMs=retention_ms)
        return call("OffsetCommit", version, body, what)

    yield from topic(2)
    yield from group()
    yield commit("for long", 0, -1)
    yield commit("for a moment", 1, 300)
    yield read()
    yield a_while()
    yield read(what="one is left")
    yield described("the group is there")
    yield commit("for a moment", 0, 300)
    yield gone("none is left")
    yield described("the group is gone", until_value=("groups.0.groupState", "Dead"))
    yield call("ListGroups", 4, {"statesFilter": []}, "all groups")
    yield commit("once more", 0, -1)
    yield described("the group is back")


def offsets_of_members() -> Iterator[Step]:
    """Those of topics to which members are subscribed are kept."""
    protocol = {"name": "range", "metadata": subscription(b"some-topic")}
    yield from topic(2)
    yield from group()
    yield from join_first(DIRECT_JOIN, "m0", protocols=[protocol])
    yield sync(DIRECT_JOIN, "m0", 1, m0="abc")
    body = commit_body(4, 5, memberId="${m0}", generationIdOrMemberEpoch=1, retentionTimeMs=300)
    yield call("OffsetCommit", 4, body, "for a moment")
    yield read()
    yield gone("none is left")
    yield described("the group is there")


def idle_members() -> Iterator[Step]:
    """The only member sends nothing more: the group is empty, and goes with the next check."""
    yield from group()
    yield from join_first(DIRECT_JOIN, "m0", sessionTimeoutMs=500)
    yield sync(DIRECT_JOIN, "m0", 1, m0="abc")
    yield described("a member")
    yield described("no member", until_value=("groups.0.groupState", "Dead"))
    yield sync(DIRECT_JOIN, "m0", 1, "too late", m0="abc")
    yield from join_first(DIRECT_JOIN, "m1", sessionTimeoutMs=500)
    yield described("another member")


def transactional_ids() -> Iterator[Step]:
    def asked(what: str, *names: str, **more: Json) -> Step:
        body = {"transactionalIds": [txn(name) for name in names]}
        return call("DescribeTransactions", 0, body, what, **more)

    yield from topic()
    yield from coordinator()
    for name in ("idle", "busy"):
        yield init(name, name)
        yield added(name, name, 0)
        yield call("Produce", 9, writing(9, name, batch(name, 0, 0)), f"{name} writes")
    yield call("EndTxn", 3, ending("idle", "idle", 0, True), "idle ends")
    yield settled("idle", "CompleteCommit")
    yield asked("idle expires", "idle", until_code=NOT_FOUND)
    yield asked("busy does not", "busy")
    yield call("EndTxn", 3, ending("idle", "idle", 0, True), "idle is not known")
    yield init("idle", "again")
    yield added("idle", "again", 0)
    yield call("EndTxn", 3, ending("busy", "busy", 0, True), "busy ends")
    yield settled("busy", "CompleteCommit")
    yield from reading("at the end")


def producer_ids() -> Iterator[Step]:
    """Their sequences are forgotten, those in open transactions are not."""

    def write(sequence: int, what: str, epoch: int = 0) -> Step:
        records = Batch(producer_id=7_000_123, producer_epoch=epoch, sequence=sequence)
        return call("Produce", 9, writing(9, None, records), what)

    def active(what: str, **more: Json) -> Step:
        wanted = [{"name": "${topic}", "partitionIndexes": [0]}]
        return call("DescribeProducers", 0, {"topics": wanted}, what, **more)

    yield from topic()
    for sequence in range(3):
        yield write(sequence, f"sequence {sequence}")
    yield active("known")
    yield active("forgotten", until_value=("topics.0.partitions.0.activeProducers", []))
    yield write(1, "an earlier one again")
    yield active("known again")
    yield write(7, "a gap")
    yield from coordinator()
    yield init("t", "t")
    yield added("t", "t", 0)
    yield call("Produce", 9, writing(9, "t", batch("t", 0, 0)), "t writes")
    yield a_while()
    yield a_while()
    yield active("of the transaction")


def topic_gone() -> Iterator[Step]:
    """The transaction ends without markers in the topic."""
    yield from topic()
    yield from coordinator()
    yield init("t", "t")
    yield added("t", "t", 0)
    yield call("Produce", 9, writing(9, "t", batch("t", 0, 0)), "t writes")
    deletion = {"topics": [{"name": "${topic}"}], "timeoutMs": 10000}
    yield call("DeleteTopics", 6, deletion, "delete")
    yield call("EndTxn", 3, ending("t", "t", 0, True), "t ends")
    yield settled("t", "CompleteCommit")
    yield from topic()
    yield added("t", "t", 0)
    yield call("Produce", 9, writing(9, "t", batch("t", 0, 2)), "t writes into the new one")
    yield call("EndTxn", 3, ending("t", "t", 0, False), "t aborts")
    yield settled("t", "CompleteAbort")
    yield from reading("at the end")
