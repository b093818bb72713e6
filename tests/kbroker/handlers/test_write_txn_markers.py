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


def test_answers_are_by_producer(broker: BrokerDriver) -> None:
    """Each partition once, whichever marker names it; a marker of nothing has no answer."""
    broker.create_topic("t")

    def marker(producer_id: int, *indexes: int) -> WritableTxnMarker:
        topic = WritableTxnMarkerTopic(name="t", partition_indexes=list(indexes))
        return WritableTxnMarker(
            producer_id=producer_id,
            producer_epoch=0,
            transaction_result=False,
            topics=[topic],
            coordinator_epoch=0,
        )

    markers = [marker(7, 0), marker(7, 5, 5), marker(8), marker(9, 5)]
    answer = broker.connect().ask(WriteTxnMarkersRequest(markers=markers), 1)

    assert [
        (
            one.producer_id,
            [(found.partition_index, found.error_code) for found in one.topics[0].partitions],
        )
        for one in answer.markers
    ] == [(7, [(0, 0), (5, 3)]), (9, [(5, 3)])]


def test_nobody_has_no_markers(broker: BrokerDriver) -> None:
    """Kafka fails as a whole where it would have to write one, and only there."""
    broker.create_topic("t")
    producer = TransactionalProducer(broker)
    producer.init()
    for wrong in ("producer_id", "producer_epoch"):
        assert mark(producer, 0, 5, **{wrong: -1}) == [ErrorCode.UNKNOWN_SERVER_ERROR] * 2
        assert mark(producer, 5, **{wrong: -1}) == [ErrorCode.UNKNOWN_TOPIC_OR_PARTITION]
