"""WriteTxnMarkers: an administrator ends a transaction that hangs."""

from __future__ import annotations

from typing import Any

from tests.drivers import BrokerDriver
from tests.transactions import TransactionalProducer, fetch, values
from wire.errors import ErrorCode
from wire.messages.write_txn_markers import (
    WritableTxnMarker,
    WritableTxnMarkerTopic,
    WriteTxnMarkersRequest,
)


def mark(producer: TransactionalProducer, *partitions: int, **fields: Any) -> list[int]:
    topic = WritableTxnMarkerTopic(name="t", partition_indexes=list(partitions))
    right = {
        "producer_id": producer.producer_id,
        "producer_epoch": producer.epoch,
        "transaction_result": False,
        "topics": [topic],
        "coordinator_epoch": 0,
    }
    request = WriteTxnMarkersRequest(markers=[WritableTxnMarker(**right | fields)])  # type: ignore[arg-type]
    [answer] = producer.client.ask(request, 2).markers
    return [one.error_code for one in answer.topics[0].partitions]


def test_a_hanging_transaction_ends(broker: BrokerDriver) -> None:
    broker.create_topic("t")
    producer = TransactionalProducer(broker)
    producer.init()
    producer.write(b"a")

    assert mark(producer, 0, 5) == [0, ErrorCode.UNKNOWN_TOPIC_OR_PARTITION]

    assert fetch(broker, committed=True).last_stable_offset == 2
    assert values(broker) == []


def test_older_coordinators_and_epochs_are_fenced(broker: BrokerDriver) -> None:
    broker.create_topic("t")
    producer = TransactionalProducer(broker)
    producer.init()
    producer.write(b"a")
    same_epoch = mark(producer, 0, coordinator_epoch=3, transaction_version=2)
    mark(producer, 0, coordinator_epoch=3)
    older = mark(producer, 0, coordinator_epoch=2)
    again = mark(producer, 0, coordinator_epoch=3, transaction_version=2)

    assert same_epoch == [ErrorCode.INVALID_PRODUCER_EPOCH]
    assert older == [ErrorCode.TRANSACTION_COORDINATOR_FENCED]
    assert again == [0]  # nothing is open any more
