"""InitProducerId: ids for idempotent producers."""

from __future__ import annotations

from typing import Any

import pytest

from tests.drivers import BrokerDriver
from tests.transactions import TransactionalProducer
from wire.errors import ErrorCode
from wire.messages.init_producer_id import InitProducerIdRequest


def ask(broker: BrokerDriver, version: int = 5, **fields: Any) -> Any:
    fields = {"transactional_id": None, "transaction_timeout_ms": 1000} | fields
    return broker.connect().ask(InitProducerIdRequest(**fields), version)


@pytest.mark.parametrize("version", range(6))
def test_everybody_gets_an_id(broker: BrokerDriver, version: int) -> None:
    """A new one each time, at epoch 0."""
    first, second = ask(broker, version), ask(broker, version)

    assert (first.producer_id, first.producer_epoch, second.producer_id) == (0, 0, 1)


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"producer_id": 5}, ErrorCode.INVALID_REQUEST),
        ({"producer_epoch": 5}, ErrorCode.INVALID_REQUEST),
        ({"transactional_id": ""}, ErrorCode.INVALID_REQUEST),
        ({"transactional_id": "t"}, ErrorCode.NOT_COORDINATOR),
    ],
)
def test_refused(broker: BrokerDriver, fields: dict[str, Any], code: ErrorCode) -> None:
    """Half an identity, an empty one, and one whose coordinator nobody has looked for."""
    answer = ask(broker, **fields)

    assert (answer.error_code, answer.producer_id, answer.producer_epoch) == (code, -1, -1)


@pytest.mark.parametrize(
    ("version", "code"),
    [(3, ErrorCode.INVALID_PRODUCER_EPOCH), (4, ErrorCode.PRODUCER_FENCED)],
)
def test_a_fenced_producer_is_told_by_what_it_knows(
    broker: BrokerDriver, version: int, code: ErrorCode
) -> None:
    """PRODUCER_FENCED came with v4 (KIP-588)."""
    producer = TransactionalProducer(broker)
    for _ in range(3):
        producer.init()

    old = {"producer_id": producer.producer_id, "producer_epoch": producer.epoch - 2}
    assert producer.init(version=version, **old) == code
