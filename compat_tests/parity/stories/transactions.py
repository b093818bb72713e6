"""Transactions: every move in every state that lasts, at every version, and what readers see.

Kafka writes markers after its answer, so a story waits for the state before it goes on.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from compat_tests.parity.batches import TRANSACTIONAL, Batch, Rec
from compat_tests.parity.script import Json, Step, Story, call, prepare
from compat_tests.parity.stories.common import (
    NOWHERE,
    at,
    fetch_body,
    filled,
    group,
    topic,
    versions,
)
from compat_tests.parity.stories.transaction_steps import (
    RISING,
    STATES,
    added,
    batch,
    coordinator,
    ending,
    in_state,
    init,
    reading,
    settled,
    txn,
    writing,
)


def stories() -> Iterator[Story]:
    for version in versions("EndTxn"):
        yield Story(f"transaction-v{version}", list(whole_transactions(version)))
        yield Story(f"end-txn-moves-v{version}", list(end_moves(version)))
    for version in versions("InitProducerId"):
        yield Story(f"init-transactional-v{version}", list(init_moves(version)))
    for version in versions("AddPartitionsToTxn"):
        yield Story(f"add-partitions-to-txn-v{version}", list(add_partitions(version)))
    for version in versions("AddOffsetsToTxn"):
        yield Story(f"add-offsets-to-txn-v{version}", list(add_offsets(version)))
    for version in versions("TxnOffsetCommit"):
        yield Story(f"txn-offset-commit-v{version}", list(offset_commits(version)))
    for version in versions("Produce"):
        yield Story(f"produce-in-transaction-v{version}", list(produce_moves(version)))
    for version in versions("WriteTxnMarkers"):
        yield Story(f"write-txn-markers-v{version}", list(markers(version)))
    for version in versions("ListTransactions"):
        yield Story(f"list-transactions-v{version}", list(listing(version)))
    yield Story("describe-transactions", list(describing()))


def whole_transactions(version: int) -> Iterator[Step]:
    """Committed, aborted, mixed with what is in no transaction, and read both ways."""
    rising = version >= RISING
    produce = 12 if rising else 11
    yield from topic(2)
    yield from coordinator()
    yield init("t", "p")
    epoch = sequence = 0
    for number, commit in enumerate((True, False, False, True)):
        what = f"transaction {number}"
        if not rising:
            yield added("t", "p", epoch, 0, 1)
        elif number % 2:
            yield added("t", "p", epoch, 1)  # a partition without records gets its marker as well
        for _ in range(2):
            records = batch("p", epoch, sequence)
            yield call("Produce", produce, writing(produce, "t", records), f"{what} writes")
            sequence += 2
        yield from filled(Batch([Rec(value=b"in none")]))
        yield from reading(f"{what} is open")
        yield from reading(f"{what} is open", isolation=0)
        yield call("EndTxn", version, ending("t", "p", epoch, commit), f"{what} commits: {commit}")
        yield settled("t", "CompleteCommit" if commit else "CompleteAbort")
        if rising:
            epoch, sequence = epoch + 1, 0
        yield from reading(f"{what} is over")
        yield from reading(f"{what} is over", offset=4)
    yield from reading("all", isolation=0)
    for offset in (6, 7, 11, 12, 17, 18):
        yield from reading(f"from {offset}", offset=offset)
    for limit in (1, 150, 300, 500):
        # Which aborted transactions are told of depends on how far the answer goes.
        body = fetch_body(12, [at(0, limit=limit)], isolationLevel=1)
        yield call("Fetch", 12, body, f"{limit} bytes", exact_bytes=False)
    body = {"topics": [{"name": "${topic}", "partitionIndexes": [0, 1]}]}
    yield call("DescribeProducers", 0, body, "producers")


def end_moves(version: int) -> Iterator[Step]:
    rising = version >= RISING
    yield from topic()
    yield from coordinator()
    for state in STATES:
        for commit in (True, False):
            for epoch in (1, 0, 2):
                name = f"{state}-{commit}-{epoch}".lower()
                yield from in_state(name, "p", state, rising)
                body = ending(name, "p", epoch, commit)
                yield call("EndTxn", version, body, f"{state}, commit {commit}, epoch {epoch}")
    yield call("EndTxn", version, ending("nobody", "p", 0, True), "unknown id")
    body = ending("t", "p", 0, True) | {"transactionalId": ""}
    yield call("EndTxn", version, body, "empty id")
    yield from in_state("other", "p", "Ongoing", rising)
    body = ending("other", "p", 1, True) | {"producerId": 999_999_999}
    yield call("EndTxn", version, body, "another producer")


def init_moves(version: int) -> Iterator[Step]:
    def one(name: str, what: str, **more: Json) -> Step:
        body = {"transactionalId": txn(name), "transactionTimeoutMs": 60_000} | more
        return call("InitProducerId", version, body, what)

    yield from topic()
    yield from coordinator()
    yield init("t", "p")
    for timeout in (0, -1, 900_000, 900_001):
        yield one("t", f"timeout {timeout}", transactionTimeoutMs=timeout)
    yield one("", "only a prefix")
    for rising in (False, True):
        for state in STATES:
            name = f"{state}-{rising}".lower()
            yield from in_state(name, "p", state, rising)
            yield one(name, f"{state}, rising {rising}")
            if state == "Ongoing":
                yield settled(name, "CompleteAbort")
                yield one(name, "again after the abort")
            if version < 3:
                continue
            for epoch in (1, 0, 7):
                name = f"{state}-{rising}-{epoch}".lower()
                yield from in_state(name, "p", state, rising)
                mine = {"producerId": "${p}", "producerEpoch": epoch}
                yield one(name, f"{state}, rising {rising}, from epoch {epoch}", **mine)
                if state == "Ongoing":
                    yield settled(name, "CompleteAbort")
                yield one(name, f"{state}, rising {rising}, from epoch {epoch} again", **mine)
    if version >= 3:
        yield init("other", "p")
        yield one("other", "another producer", producerId=999_999_999, producerEpoch=0)
        yield one("new", "of a new id", producerId=999_999_999, producerEpoch=5)
        yield one("new", "an id without an epoch", producerId=5)
        yield one("new", "an epoch without an id", producerEpoch=5)


def add_partitions(version: int) -> Iterator[Step]:
    def wanted(
        name: str, epoch: int, *topics: tuple[str, list[int]], **more: Json
    ) -> dict[str, Json]:
        found = [{"name": one, "partitions": indexes} for one, indexes in topics]
        if version >= 4:
            mine = {"transactionalId": txn(name), "producerId": "${p}", "producerEpoch": epoch}
            return {"transactions": [mine | {"verifyOnly": False, "topics": found} | more]}
        return {
            "v3AndBelowTransactionalId": txn(name),
            "v3AndBelowProducerId": "${p}",
            "v3AndBelowProducerEpoch": epoch,
            "v3AndBelowTopics": found,
        }

    def add(what: str, body: dict[str, Json]) -> Step:
        return call("AddPartitionsToTxn", version, body, what)

    yield from topic(3)
    yield from coordinator()
    for state in STATES:
        for epoch in (1, 0, 2):
            name = f"{state}-{epoch}".lower()
            yield from in_state(name, "p", state, rising=version >= 4)
            for verify in (False, True)[: 1 + (version >= 4)]:
                more = {"verifyOnly": verify} if version >= 4 else {}
                body = wanted(name, epoch, ("${topic}", [0, 1]), **more)
                yield add(f"{state}, epoch {epoch}, verify {verify}", body)
    yield init("t", "p")
    yield add("none", wanted("t", 0))
    yield add("an unknown topic", wanted("t", 0, ("${topic}", [0]), (NOWHERE, [0, 1])))
    yield add("an unknown partition", wanted("t", 0, ("${topic}", [0, 7])))
    yield add("twice", wanted("t", 0, ("${topic}", [0, 0])))
    yield add("one more", wanted("t", 0, ("${topic}", [1, 2])))
    yield add("unknown id", wanted("nobody", 0, ("${topic}", [0])))
    if version >= 4:
        yield add("only looked at", wanted("t", 0, ("${topic}", [0, 1, 2]), verifyOnly=True))
        body = wanted("t", 0, ("${topic}", [0]))
        body["transactions"] += wanted("nobody", 0, ("${topic}", [0]))["transactions"]
        yield add("several", body)
    yield settled("t", "Ongoing")
    described = {"transactionalIds": [txn("t")]}
    yield call("DescribeTransactions", 0, described, "what was added")


def add_offsets(version: int) -> Iterator[Step]:
    def add(name: str, epoch: int, what: str, **more: Json) -> Step:
        body = {
            "transactionalId": txn(name),
            "producerId": "${p}",
            "producerEpoch": epoch,
            "groupId": "${group}",
        }
        return call("AddOffsetsToTxn", version, body | more, what)

    yield from topic()
    yield from group()
    yield from coordinator()
    for state in STATES:
        for epoch in (1, 0, 2):
            name = f"{state}-{epoch}".lower()
            yield from in_state(name, "p", state, rising=False)
            yield add(name, epoch, f"{state}, epoch {epoch}")
    yield add("nobody", 0, "unknown id")
    yield add("nobody", 0, "empty id", transactionalId="")
    yield init("t", "p")
    yield add("t", 0, "empty group", groupId="")


def offset_commit(
    version: int, name: str, epoch: int, offset: int, what: str, **more: Json
) -> Step:
    partition = {"partitionIndex": 0, "committedOffset": offset, "committedMetadata": "m"}
    body: dict[str, Json] = {
        "transactionalId": txn(name),
        "groupId": "${group}",
        "producerId": "${p}",
        "producerEpoch": epoch,
        "topics": [{"name": "${topic}", "partitions": [partition]}],
    }
    return call("TxnOffsetCommit", version, body | more, what)


def refused_offset_commits(version: int) -> Iterator[Step]:
    """Beside the transaction ``t`` that is open in epoch 0."""
    commit = partial(offset_commit, version)
    yield commit("t", 7, 7, "a later epoch")
    yield commit("t", 0, 7, "another group", groupId="${group}-2")
    yield commit("t", 0, 7, "no group", groupId="")
    yield commit("nobody", 0, 7, "another transactional id")
    large = {"partitionIndex": 1, "committedOffset": 1, "committedMetadata": "x" * 5000}
    topics = [{"name": "${topic}", "partitions": [large]}]
    yield commit("t", 0, 7, "too much metadata", topics=topics)
    unknown = [
        {
            "name": name,
            "partitions": [
                {"partitionIndex": index, "committedOffset": 1, "committedMetadata": None}
            ],
        }
        for name, index in (("${topic}", 9), (NOWHERE, 0))
    ]
    yield commit("t", 0, 7, "unknown partitions", topics=unknown)
    if version >= 3:
        yield commit("t", 0, 8, "a generation", generationId=3)
        yield commit("t", 0, 8, "a member", memberId="m")
        yield commit("t", 0, 8, "an instance", groupInstanceId="i")


def offset_commits(version: int) -> Iterator[Step]:
    commit = partial(offset_commit, version)

    def fetched(what: str, stable: bool = False) -> Iterator[Step]:
        wanted = [{"name": "${topic}", "partitionIndexes": [0, 1]}]
        for topics in (wanted, None):
            body = {"groups": [{"groupId": "${group}", "topics": topics}], "requireStable": stable}
            yield call("OffsetFetch", 8, body, f"{what}, all {topics is None}, stable {stable}")

    def offsets_added(name: str, epoch: int) -> Iterator[Step]:
        if version < RISING:
            body = {
                "transactionalId": txn(name),
                "producerId": "${p}",
                "producerEpoch": epoch,
                "groupId": "${group}",
            }
            yield prepare("AddOffsetsToTxn", 3, body)

    yield from topic(2)
    yield from group()
    yield from coordinator()
    yield init("t", "p")
    yield commit("t", 0, 3, "not added")
    yield from offsets_added("t", 0)
    yield commit("t", 0, 5, "added")
    yield from fetched("while it is open")
    yield from fetched("while it is open", stable=True)
    yield commit("t", 0, 6, "once more")
    yield from refused_offset_commits(version)
    rising = version >= RISING
    end = RISING if rising else 3
    yield prepare("EndTxn", end, ending("t", "p", 0, True), "commit")
    yield settled("t", "CompleteCommit")
    yield from fetched("committed", stable=True)
    epoch = int(rising)
    yield from offsets_added("t", epoch)
    yield commit("t", epoch, 20, "to be aborted")
    plain = {
        "groupId": "${group}",
        "topics": [
            {"name": "${topic}", "partitions": [{"partitionIndex": 1, "committedOffset": 4}]}
        ],
    }
    yield call("OffsetCommit", 7, plain | {"generationIdOrMemberEpoch": -1}, "in no transaction")
    yield prepare("EndTxn", end, ending("t", "p", epoch, False), "abort")
    yield settled("t", "CompleteAbort")
    yield from fetched("aborted", stable=True)
    yield commit("t", 0, 9, "an epoch that is over")


def produce_moves(version: int) -> Iterator[Step]:
    rising = version >= 12
    partition = 0

    def write(name: str | None, records: Batch, what: str) -> Step:
        return call("Produce", version, writing(version, name, records, partition), what)

    yield from topic()
    yield from coordinator()
    for state in STATES:
        for epoch in (1, 0, 2):
            name = f"{state}-{epoch}".lower()
            yield from in_state(name, "p", state, rising)
            yield write(name, batch("p", epoch, 0), f"{state}, epoch {epoch}")
    yield init("t", "p")
    yield write(None, batch("p", 0, 0), "without a transactional id")
    yield write("nobody", batch("p", 0, 0), "unknown transactional id")
    yield write("t", batch("p", 0, 5), "not from the start, not added")
    if not rising:
        yield added("t", "p", 0)
    yield write("t", batch("p", 0, 5), "not from the start")
    yield write("t", batch("p", 0, 0), "first")
    yield write("t", batch("p", 0, 0), "first again")
    yield write("t", batch("p", 0, 9), "a gap")
    yield write("t", batch("p", 0, 2, kind=0), "not transactional")
    yield write("t", batch("p", 0, 2), "second")
    yield write("t", Batch([Rec(value=b"none")]), "in no transaction, with the id")
    control = batch("p", 0, 4, count=1, kind=TRANSACTIONAL | 32)
    yield write("t", control, "a marker of one's own")
    yield from reading("what is there", isolation=0)


def markers(version: int) -> Iterator[Step]:
    def mark(what: str, epoch: int, commit: bool = False, **more: Json) -> Step:
        marker: dict[str, Json] = {
            "producerId": "${p}",
            "producerEpoch": epoch,
            "transactionResult": commit,
            "topics": [{"name": "${topic}", "partitionIndexes": [0]}],
            "coordinatorEpoch": 0,
        }
        if version >= 2:
            marker |= {"transactionVersion": 2}
        return call("WriteTxnMarkers", version, {"markers": [marker | more]}, what)

    yield from topic(2)
    yield from coordinator()
    yield init("t", "p")
    yield call("Produce", 12, writing(12, "t", batch("p", 0, 0)), "write")
    yield mark("the same epoch", 0)
    yield from reading("after the marker")
    yield mark("a greater epoch", 1)
    yield mark("again", 1)
    yield mark("an older coordinator", 2, coordinatorEpoch=-1)
    yield mark("a newer coordinator", 3, coordinatorEpoch=4)
    yield mark("the older coordinator again", 4, coordinatorEpoch=2)
    yield mark("an older epoch", 0, coordinatorEpoch=9)
    yield mark("a commit", 9, True, coordinatorEpoch=9)
    yield mark(
        "where nothing was written", 1, topics=[{"name": "${topic}", "partitionIndexes": [1, 5]}]
    )
    yield mark("unknown topic", 1, topics=[{"name": NOWHERE, "partitionIndexes": [0]}])
    yield call("WriteTxnMarkers", version, {"markers": []}, "none")
    yield from reading("in the end", isolation=0)


def listing(version: int) -> Iterator[Step]:
    def listed(what: str, **more: Json) -> Step:
        body: dict[str, Json] = {"stateFilters": [], "producerIdFilters": []}
        return call("ListTransactions", version, body | more, what)

    yield from topic()
    yield from coordinator()
    for state in STATES:
        yield from in_state(state.lower(), state.lower(), state, rising=True)
    yield listed("all")
    for state in (*STATES, "Dead", "PrepareEpochFence", "PrepareCommit"):
        yield listed(f"state {state}", stateFilters=[state])
    yield listed("unknown states", stateFilters=["no", "ongoing", "Ongoing"])
    yield listed("producers", producerIdFilters=["${ongoing}", "${empty}", 999_999_999])
    yield listed("no producer", producerIdFilters=[999_999_999])
    if version >= 1:
        for duration in (0, 3_600_000, -1):
            states = ["Ongoing"]
            yield listed(f"duration {duration}", durationFilter=duration, stateFilters=states)
    if version >= 2:
        for pattern in ("${run}-complete.*", "complete", ".*commit", "", "(", "${run}-ongoing"):
            yield listed(f"pattern {pattern}", transactionalIdPattern=pattern)


def describing() -> Iterator[Step]:
    yield from topic(2)
    yield from coordinator()
    for rising in (True, False):
        for state in STATES:
            name = f"{state}-{rising}".lower()
            yield from in_state(name, "p", state, rising)
            body = {"transactionalIds": [txn(name)]}
            yield call("DescribeTransactions", 0, body, f"{state}, rising {rising}")
    body = {"transactionalIds": [txn("nobody"), "", txn("ongoing-true"), txn("ongoing-true")]}
    yield call("DescribeTransactions", 0, body, "unknown, empty, twice")
    yield call("DescribeTransactions", 0, {"transactionalIds": []}, "none")
