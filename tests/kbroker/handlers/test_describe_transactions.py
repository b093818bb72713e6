"""DescribeTransactions: what is known of transactional ids."""

from __future__ import annotations

from tests.drivers import NOW_MS, BrokerDriver
from tests.transactions import TransactionalProducer
from wire.errors import ErrorCode
from wire.messages.describe_transactions import DescribeTransactionsRequest, TransactionState


def test_an_open_transaction(broker: BrokerDriver) -> None:
    broker.create_topic("t", 2)
    producer = TransactionalProducer(broker)
    producer.init(timeout_ms=5000)
    producer.add(1, 0)

    request = DescribeTransactionsRequest(transactional_ids=["t"])
    [found] = producer.client.ask(request, 0).transaction_states

    assert (found.error_code, found.transaction_state) == (0, "Ongoing")
    assert (found.producer_id, found.producer_epoch) == (producer.producer_id, 0)
    assert (found.transaction_timeout_ms, found.transaction_start_time_ms) == (5000, NOW_MS)
    assert [(one.topic, one.partitions) for one in found.topics] == [("t", [0, 1])]


def test_unknown_and_empty_ids(broker: BrokerDriver) -> None:
    """Nothing but the code is told of them; numbers are 0, as in Kafka."""
    client = TransactionalProducer(broker).client
    request = DescribeTransactionsRequest(transactional_ids=["nobody", ""])
    codes = {"nobody": ErrorCode.TRANSACTIONAL_ID_NOT_FOUND, "": ErrorCode.INVALID_REQUEST}

    assert client.ask(request, 0).transaction_states == [
        TransactionState(
            error_code=code,
            transactional_id=name,
            transaction_state="",
            transaction_timeout_ms=0,
            transaction_start_time_ms=0,
            producer_id=0,
            producer_epoch=0,
            topics=[],
        )
        for name, code in codes.items()
    ]
