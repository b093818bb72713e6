"""What is left after a stop and a kill: played on brokers of their own, with these SETTINGS."""

from __future__ import annotations

from collections.abc import Iterator

from compat_tests.parity.batches import NOW, Batch, Rec
from compat_tests.parity.script import Json, Step, Story, call, restart
from compat_tests.parity.stories.common import at, fetch_body, filled, group, ready, topic
from compat_tests.parity.stories.groups import join_body
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

SETTINGS = {
    "group.min.session.timeout.ms": "100",
    "transaction.abort.timed.out.transaction.cleanup.interval.ms": "200",
}
LARGE = 400_000  # two fit in a segment, which has a megabyte at least
MINUTE_MS = 60_000


def stories() -> Iterator[Story]:
    for ends in (["stop"], ["kill"], ["stop", "kill"]):
        name = "-".join(ends)
        yield Story(f"restart-segments-{name}", list(segments(ends)))
        yield Story(f"restart-producers-{name}", list(producers(ends)))
        yield Story(f"restart-transactions-{name}", list(transactions(ends)))
        yield Story(f"restart-groups-{name}", list(groups(ends)))
        yield Story(f"restart-topics-{name}", list(topics(ends)))
    yield Story("transaction-time-out", list(timed_out()))
    yield Story("first-coordinators", list(first_coordinators()))


def restarted(what: str, *partitions: int) -> Iterator[Step]:
    yield restart(what)
    for partition in partitions or (0,):
        yield ready("${topic}", partition)


def asked(when: str) -> Iterator[Step]:
    """What a log of many segments is asked."""
    for offset in (0, 1, 2, 3, 5, 6, 7):
        body = fetch_body(12, [at(offset, limit=LARGE // 2)])
        yield call("Fetch", 12, body, f"{when}: fetch from {offset}")
    for moment in (-1, -2, -3, NOW, NOW + MINUTE_MS, NOW + 4 * MINUTE_MS, NOW + 9 * MINUTE_MS):
        wanted = {"partitionIndex": 0, "timestamp": moment}
        body = {"replicaId": -1, "topics": [{"name": "${topic}", "partitions": [wanted]}]}
        yield call("ListOffsets", 7, body, f"{when}: offset of {moment - NOW}")
    folders = {"topics": [{"topic": "${topic}", "partitions": [0]}]}
    yield call("DescribeLogDirs", 2, folders, f"{when}: size")
    epochs = {"partition": 0, "leaderEpoch": 0}
    body = {"replicaId": -1, "topics": [{"topic": "${topic}", "partitions": [epochs]}]}
    yield call("OffsetForLeaderEpoch", 4, body, f"{when}: end of epoch 0")
    for epoch in range(6):
        body = fetch_body(12, [at(0, limit=1, currentLeaderEpoch=epoch)], maxWaitMs=0)
        yield call("Fetch", 12, body, f"{when}: fetch of leader epoch {epoch}")
        body = fetch_body(17, [at(0, limit=1, currentLeaderEpoch=epoch)], maxWaitMs=0)
        yield call("Fetch", 17, body, f"{when}: fetch v17 of leader epoch {epoch}")
        known = {"partition": 0, "leaderEpoch": epoch, "currentLeaderEpoch": epoch}
        body = {"replicaId": -1, "topics": [{"topic": "${topic}", "partitions": [known]}]}
        yield call("OffsetForLeaderEpoch", 4, body, f"{when}: end of epoch {epoch}, known")


def segments(ends: list[str]) -> Iterator[Step]:
    def large(number: int) -> Batch:
        record = Rec(b"%d" % number * LARGE)
        return Batch([record], base_timestamp=NOW + number * MINUTE_MS)

    def produced(number: int) -> Iterator[Step]:
        yield from filled(large(number))

    yield from topic(1, segment_bytes="1048576", index_interval_bytes="100")
    for number in range(5):
        yield from produced(number)
    yield from asked("before")
    for end in ends:
        yield from restarted(end)
        yield from asked(f"after {end}")
        yield from produced(5)
    deleted = {"name": "${topic}", "partitions": [{"partitionIndex": 0, "offset": 3}]}
    yield call("DeleteRecords", 2, {"topics": [deleted], "timeoutMs": 5000}, "delete records")
    yield from restarted("stop")  # a kill makes Kafka forget it
    for offset in (2, 3):
        body = fetch_body(12, [at(offset, limit=100)])
        yield call("Fetch", 12, body, f"after delete records: fetch from {offset}")


def producers(ends: list[str]) -> Iterator[Step]:
    """Duplicates are known and gaps refused, as before."""

    def write(sequence: int, what: str, epoch: int = 0) -> Step:
        records = Batch(producer_id=7_000_099, producer_epoch=epoch, sequence=sequence)
        return call("Produce", 9, writing(9, None, records), what)

    def described(what: str) -> Step:
        wanted = [{"name": "${topic}", "partitionIndexes": [0]}]
        return call("DescribeProducers", 0, {"topics": wanted}, what)

    yield from topic()
    for sequence in range(7):
        yield write(sequence, f"sequence {sequence}")
    for number, end in enumerate(ends):
        yield from restarted(end)
        yield described(f"after {end} {number}")
        yield write(6, f"the last again {number}")
        yield write(3, f"an earlier one again {number}")
        yield write(1, f"one too early to be known {number}")
        yield write(20, f"a gap {number}")
    yield write(7, "the next")
    yield write(0, "a new epoch", epoch=1)
    yield write(8, "the old epoch")


def transactions(ends: list[str]) -> Iterator[Step]:
    """One is committed, one aborted, one open."""
    yield from topic()
    yield from coordinator()
    for name, commit in (("c", True), ("a", False)):
        yield init(name, name)
        yield added(name, name, 0)
        yield call("Produce", 9, writing(9, name, batch(name, 0, 0)), f"{name} writes")
        yield call("EndTxn", 3, ending(name, name, 0, commit), f"{name} ends")
        yield settled(name, "CompleteCommit" if commit else "CompleteAbort")
    yield init("o", "o")
    yield added("o", "o", 0)
    yield call("Produce", 9, writing(9, "o", batch("o", 0, 0)), "o writes")
    for number, end in enumerate(ends):
        yield from restarted(end)
        yield settled("o", "Ongoing")
        for isolation in (0, 1):
            yield from reading(f"after {end} {number}", isolation=isolation)
        more = writing(9, "o", batch("o", 0, 2 + 2 * number))
        yield call("Produce", 9, more, f"o writes on {number}")
    yield call("EndTxn", 3, ending("o", "o", 0, True), "o ends")
    yield settled("o", "CompleteCommit")
    yield from reading("at the end")
    yield init("c", "c")
    yield call("EndTxn", 3, ending("c", "c", 0, True), "an old epoch")


def groups(ends: list[str]) -> Iterator[Step]:
    yield from topic(2)
    yield from group()
    for partition in (0, 1):
        body = commit_body(8, 5 + partition, partition=partition, metadata="m")
        yield call("OffsetCommit", 8, body, f"commit {partition}")
    described: dict[str, Json] = {"groups": ["${group}"]}
    for number, end in enumerate(ends):
        yield from restarted(end, 0, 1)
        yield from group()
        yield read(what=f"committed, after {end} {number}")
        yield call("DescribeGroups", 5, described, f"described, after {end} {number}")
        yield call("OffsetCommit", 8, commit_body(8, 70 + number), f"commit after {end} {number}")
    yield read()


def topics(ends: list[str]) -> Iterator[Step]:
    """Settings and partitions stay; a deleted topic does not come back under its name."""
    remade = "${topic}-again"
    asked: dict[str, Json] = {
        "topics": [{"name": "${topic}"}, {"name": remade}, {"name": "${topic}-gone"}],
        "allowAutoTopicCreation": False,
    }
    config = {"resourceType": 2, "resourceName": "${topic}", "configurationKeys": ["retention.ms"]}
    deletion = {"topics": [{"name": remade}, {"name": "${topic}-gone"}], "timeoutMs": 10000}
    yield from topic(3, retention_ms="123456789")
    yield from topic(1, remade)
    yield from filled(Batch(), name=remade)
    yield from topic(1, "${topic}-gone")
    yield call("DeleteTopics", 6, deletion, "delete")
    yield from topic(2, remade)
    for number, end in enumerate(ends):
        yield from restarted(end, 0, 1, 2)
        yield ready(remade, 0)
        yield call("Metadata", 12, asked, f"after {end} {number}")
        yield call("DescribeConfigs", 4, {"resources": [config]}, f"settings, {end} {number}")
        body = fetch_body(12, [at(0)], name=remade)
        yield call("Fetch", 12, body, f"what is there after {end} {number}")


def timed_out() -> Iterator[Step]:
    """A transaction whose producer says no more is aborted. With a restart before that, a 4.3.1 may
    leave out the markers, so there is none."""
    yield from topic()
    yield from coordinator()
    yield init("t", "t", transactionTimeoutMs=1000)
    yield added("t", "t", 0)
    yield call("Produce", 9, writing(9, "t", batch("t", 0, 0)), "t writes")
    yield settled("t", "CompleteAbort")
    yield call("EndTxn", 3, ending("t", "t", 0, True), "t ends too late")
    yield call("Produce", 9, writing(9, "t", batch("t", 0, 2)), "t writes too late")
    yield from reading("after t")


def first_coordinators() -> Iterator[Step]:
    """The topics of coordinators are made when one is looked for, and not before."""
    members: dict[str, Json] = {"groupId": "${group}", "generationId": 1, "memberId": "m"}
    yield from topic()
    yield call("OffsetCommit", 8, commit_body(8), "commit before there is a coordinator")
    yield read(what="offsets before")
    yield call("JoinGroup", 5, join_body(5), "join before")
    yield call("Heartbeat", 4, members, "heartbeat before")
    yield call("DescribeGroups", 5, {"groups": ["${group}"]}, "describe before")
    yield call("DeleteGroups", 2, {"groupsNames": ["${group}"]}, "delete before")
    yield call("ListGroups", 4, {"statesFilter": []}, "list before")
    body: dict[str, Json] = {"transactionalId": txn(), "transactionTimeoutMs": 60_000}
    yield call("InitProducerId", 4, body, "id before")
    body = {"transactionalId": None, "transactionTimeoutMs": 60_000}
    yield call("InitProducerId", 4, body, "the first producer id")
    yield call("DescribeTransactions", 0, {"transactionalIds": [txn()]}, "transactions before")
    yield call("ListTransactions", 0, {"stateFilters": [], "producerIdFilters": []}, "all before")
    for kind in (0, 1):
        keys = {"keyType": kind, "coordinatorKeys": ["${group}"]}
        yield call("FindCoordinator", 4, keys, f"the first time, kind {kind}")
    yield from group()
    yield from coordinator()
    yield read(what="offsets afterwards")
    yield init("t", "t")
