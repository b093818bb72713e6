"""DescribeProducers: who writes to a partition, as its leader knows it."""

from __future__ import annotations

from typing import Any

import pytest

from storage import AppendOrigin
from tests.drivers import BrokerDriver, batch
from tests.transactions import TransactionalProducer
from wire.errors import ErrorCode
from wire.messages.describe_producers import DescribeProducersRequest, TopicRequest


def ask(broker: BrokerDriver, topic: str, index: int = 0) -> Any:
    request = DescribeProducersRequest(topics=[TopicRequest(name=topic, partition_indexes=[index])])
    return broker.connect().ask(request, 0).topics[0].partitions[0]


def test_producers_with_an_id(broker: BrokerDriver) -> None:
    """The last sequence in the newest epoch; who has no id is not known."""
    broker.create_topic("t")
    partition = broker.node.replicas.find("t", 0)
    assert partition is not None
    identity = {"producer_id": 7, "producer_epoch": 3}
    for records in (batch(b"a"), batch(b"b", b"c", base_sequence=0, **identity)):
        partition.append(records, broker.clock.now_ms(), AppendOrigin.CLIENT)

    answer = ask(broker, "t")
    [producer] = answer.active_producers

    assert answer.error_code == 0
    assert (producer.producer_id, producer.producer_epoch, producer.last_sequence) == (7, 3, 1)
    assert (producer.coordinator_epoch, producer.current_txn_start_offset) == (-1, -1)


def test_where_a_transaction_began(broker: BrokerDriver) -> None:
    """As long as it is open; then the coordinator's epoch is known, from its marker."""
    broker.create_topic("t")
    producer = TransactionalProducer(broker)
    for value in (b"a", b"b"):
        producer.init()
        producer.write(value)
        found = ask(broker, "t").active_producers
        producer.end(True)
    ended = ask(broker, "t").active_producers

    assert [(one.current_txn_start_offset, one.coordinator_epoch) for one in found] == [(2, 0)]
    assert [(one.current_txn_start_offset, one.coordinator_epoch) for one in ended] == [(-1, 0)]


@pytest.mark.parametrize(
    ("topic", "index", "code", "has_message"),
    [
        ("t", 1, ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, False),
        ("u", 0, ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, True),
        ("a b", 0, ErrorCode.INVALID_TOPIC_EXCEPTION, True),
    ],
)
def test_refused(
    broker: BrokerDriver, topic: str, index: int, code: ErrorCode, has_message: bool
) -> None:
    broker.create_topic("t")
    found = ask(broker, topic, index)
    assert (found.error_code, found.error_message is not None) == (code, has_message)
