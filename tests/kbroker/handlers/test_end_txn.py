"""EndTxn: the answer of every move in every state that lasts, as a running 4.3.1 gives it."""

from __future__ import annotations

import pytest

from tests.drivers import BrokerDriver
from tests.transactions import KEEPS_EPOCH, RISES, TransactionalProducer, stored
from wire.errors import ErrorCode

FENCED, STATE = ErrorCode.PRODUCER_FENCED, ErrorCode.INVALID_TXN_STATE


def producer_in(broker: BrokerDriver, state: str, version: int) -> TransactionalProducer:
    """At epoch 1, with 0 before it."""
    broker.create_topic("t")
    producer = TransactionalProducer(broker)
    producer.init()
    if version >= RISES:
        producer.add(0)
        producer.end(state != "CompleteAbort", version)
        if state == "Empty":
            producer.init(producer_id=producer.producer_id, producer_epoch=producer.epoch)
            producer.epoch = 2
        elif state == "Ongoing":
            producer.add(0)
    else:
        producer.init()
        if state != "Empty":
            producer.add(0)
        if state.startswith("Complete"):
            producer.end(state == "CompleteCommit", version)
    assert producer.state() == state
    return producer


# (commit, abort) by the producer's epoch: that of before, its own, and one too many.
KEPT = {
    "Empty": ((FENCED, FENCED), (STATE, STATE), (FENCED, FENCED)),
    "Ongoing": ((FENCED, FENCED), (0, 0), (FENCED, FENCED)),
    "CompleteCommit": ((FENCED, FENCED), (0, STATE), (FENCED, FENCED)),
    "CompleteAbort": ((FENCED, FENCED), (STATE, 0), (FENCED, FENCED)),
}
RISING = {
    "Empty": ((FENCED, FENCED), (STATE, 0), (FENCED, FENCED)),
    "Ongoing": ((FENCED, FENCED), (0, 0), (FENCED, FENCED)),
    "CompleteCommit": ((0, STATE), (STATE, 0), (FENCED, FENCED)),
    "CompleteAbort": ((STATE, 0), (STATE, 0), (FENCED, FENCED)),
}


@pytest.mark.parametrize(("version", "table"), [(KEEPS_EPOCH, KEPT), (RISES, RISING)])
@pytest.mark.parametrize("state", KEPT)
@pytest.mark.parametrize("shift", [-1, 0, 1])
@pytest.mark.parametrize("commit", [True, False])
def test_moves(
    broker: BrokerDriver,
    version: int,
    table: dict[str, tuple[tuple[int, int], ...]],
    state: str,
    shift: int,
    commit: bool,
) -> None:
    producer = producer_in(broker, state, version)
    producer.epoch += shift
    assert producer.end(commit, version) == table[state][shift + 1][not commit]


@pytest.mark.parametrize(("version", "code"), [(1, ErrorCode.INVALID_PRODUCER_EPOCH), (2, FENCED)])
def test_older_clients_do_not_know_fencing(
    broker: BrokerDriver, version: int, code: ErrorCode
) -> None:
    producer = producer_in(broker, "Ongoing", KEEPS_EPOCH)
    producer.epoch = 0
    assert producer.end(True, version) == code


@pytest.mark.parametrize("version", range(6))
def test_another_producer_has_another_id(broker: BrokerDriver, version: int) -> None:
    producer = producer_in(broker, "Ongoing", version)
    producer.producer_id += 1
    assert producer.end(True, version) == ErrorCode.INVALID_PRODUCER_ID_MAPPING
    producer.transactional_id = ""
    assert producer.end(True, version) == ErrorCode.INVALID_REQUEST


@pytest.mark.parametrize(("version", "transaction_version"), [(KEEPS_EPOCH, 0), (RISES, 2)])
def test_the_clients_transaction_version_is_stored(
    broker: BrokerDriver, version: int, transaction_version: int
) -> None:
    """It says whether the end raised the epoch."""
    producer_in(broker, "Ongoing", version).end(True, version)

    versions = {value.client_transaction_version for value in stored(broker)[-2:]}
    assert versions == {transaction_version}
