"""What stories of transactions are made of: ids in a given state, writes, ends, and reads."""

from __future__ import annotations

from collections.abc import Iterator

from compat_tests.parity.batches import TRANSACTIONAL, Batch, Rec
from compat_tests.parity.script import Json, Step, call, prepare
from compat_tests.parity.stories.common import at, fetch_body, produce_body

# What lasts: Prepare states are over at once.
STATES = ("Empty", "Ongoing", "CompleteCommit", "CompleteAbort")
RISING = 5  # the version of EndTxn since which epochs rise


def txn(name: str = "t") -> str:
    """A transactional id of this play of the story alone."""
    return "${run}-" + name


def coordinator(name: str = "t") -> list[Step]:
    """The coordinator is there and gives out ids."""
    keys = {"keyType": 1, "coordinatorKeys": [txn(name)]}
    return [prepare("FindCoordinator", 4, keys, "coordinator")]


def init(name: str, variable: str, version: int = 4, **more: Json) -> Step:
    body = {"transactionalId": txn(name), "transactionTimeoutMs": 60_000} | more
    return prepare(
        "InitProducerId", version, body, f"init {name}", capture={variable: "producerId"}
    )


def added(name: str, variable: str, epoch: int, *partitions: int) -> Step:
    return prepare("AddPartitionsToTxn", 3, adding(name, variable, epoch, partitions or (0,)))


def adding(name: str, variable: str, epoch: int, partitions: tuple[int, ...]) -> dict[str, Json]:
    return {
        "v3AndBelowTransactionalId": txn(name),
        "v3AndBelowProducerId": "${" + variable + "}",
        "v3AndBelowProducerEpoch": epoch,
        "v3AndBelowTopics": [{"name": "${topic}", "partitions": list(partitions)}],
    }


def ending(name: str, variable: str, epoch: int, commit: bool) -> dict[str, Json]:
    return {
        "transactionalId": txn(name),
        "producerId": "${" + variable + "}",
        "producerEpoch": epoch,
        "committed": commit,
    }


def settled(name: str, state: str) -> Step:
    """The transaction is in the state, markers and all."""
    return call(
        "DescribeTransactions",
        0,
        {"transactionalIds": [txn(name)]},
        f"{name} is {state}",
        until_value=("transactionStates.0.transactionState", state),
        compared=False,
    )


def in_state(name: str, variable: str, state: str, rising: bool) -> Iterator[Step]:
    """A fresh id in the state: its epoch is 1, and 0 was its last."""
    yield init(name, variable)
    if not rising:
        yield init(name, variable)
    epoch = 0 if rising else 1
    version = RISING if rising else 3
    if rising:
        yield added(name, variable, 0)
        yield prepare("EndTxn", RISING, ending(name, variable, 0, state != "CompleteAbort"))
        epoch = 1
        done = "CompleteAbort" if state == "CompleteAbort" else "CompleteCommit"
        yield settled(name, done)
        if state == "Empty":
            yield init(name, variable, producerId="${" + variable + "}", producerEpoch=1)
        elif state == "Ongoing":
            yield added(name, variable, 1)
    elif state != "Empty":
        yield added(name, variable, epoch)
        if state != "Ongoing":
            commit = state == "CompleteCommit"
            yield prepare("EndTxn", version, ending(name, variable, epoch, commit))
            yield settled(name, state)


def batch(
    variable: str, epoch: int, sequence: int, count: int = 2, kind: int = TRANSACTIONAL
) -> Batch:
    return Batch(
        [Rec(value=b"%d" % (sequence + index)) for index in range(count)],
        producer_id="${" + variable + "}",
        producer_epoch=epoch,
        sequence=sequence,
        attributes=kind,
    )


def writing(version: int, name: str | None, records: Batch, partition: int = 0) -> dict[str, Json]:
    body = produce_body(version, "", partition)
    body["topicData"][0]["partitionData"][0]["records"] = records
    return body | {"transactionalId": None if name is None else txn(name)}


def reading(what: str, offset: int = 0, isolation: int = 1, version: int = 12) -> Iterator[Step]:
    body = fetch_body(version, [at(offset)], isolationLevel=isolation)
    name = f"{what}: fetch, isolation {isolation}"
    yield call("Fetch", version, body, name, exact_bytes=False)
    wanted = {"partitionIndex": 0, "timestamp": -1}
    body = {
        "replicaId": -1,
        "isolationLevel": isolation,
        "topics": [{"name": "${topic}", "partitions": [wanted]}],
    }
    yield call("ListOffsets", 7, body, f"{what}: latest, isolation {isolation}")
