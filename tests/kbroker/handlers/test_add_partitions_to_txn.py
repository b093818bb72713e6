"""AddPartitionsToTxn: who may add, and all or none (as a running 4.3.1 answers)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.drivers import BrokerDriver
from tests.transactions import TransactionalProducer, stored
from wire.errors import ErrorCode
from wire.messages.add_partitions_to_txn import (
    AddPartitionsToTxnRequest,
    AddPartitionsToTxnTopic,
    AddPartitionsToTxnTransaction,
)


@pytest.fixture
def producer(broker: BrokerDriver) -> TransactionalProducer:
    broker.create_topic("t", 2)
    found = TransactionalProducer(broker)
    found.init()
    return found


def test_all_or_none(producer: TransactionalProducer) -> None:
    unknown, others = ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, ErrorCode.OPERATION_NOT_ATTEMPTED
    assert producer.add(0, 7) == [others, unknown]
    assert producer.state() == "Empty"
    assert producer.add(0, 0) == [0, 0]
    assert producer.state() == "Ongoing"


def test_topics_are_answered_as_often_as_they_are_asked_for(
    producer: TransactionalProducer,
) -> None:
    """Unless one is missing: then each partition is told apart."""

    def answered(*wanted: tuple[str, list[int]]) -> list[tuple[str, int]]:
        request = AddPartitionsToTxnRequest(
            v3_and_below_transactional_id="t",
            v3_and_below_producer_id=producer.producer_id,
            v3_and_below_producer_epoch=producer.epoch,
            v3_and_below_topics=[
                AddPartitionsToTxnTopic(name=name, partitions=indexes) for name, indexes in wanted
            ],
        )
        found = producer.client.ask(request, 3).results_by_topic_v3_and_below
        return [(topic.name, len(topic.results_by_partition)) for topic in found]

    assert answered(("t", [0]), ("t", [1, 1]), ("none", [])) == [("t", 1), ("t", 2), ("none", 0)]
    assert answered(("t", [0]), ("t", [1, 1]), ("none", [0])) == [("t", 2), ("none", 1)]


@pytest.mark.parametrize(
    ("epoch", "version", "code"),
    [
        (1, 1, ErrorCode.INVALID_PRODUCER_EPOCH),
        (1, 2, ErrorCode.PRODUCER_FENCED),
        (0, 0, ErrorCode.NONE),
    ],
)
def test_epochs(producer: TransactionalProducer, epoch: int, version: int, code: int) -> None:
    producer.epoch = epoch
    assert producer.add(0, version=version) == [code]


def several(
    producer: TransactionalProducer, verify: bool, *names: str, version: int = 5
) -> list[list[int]]:
    topic = AddPartitionsToTxnTopic(name="t", partitions=[0, 1])
    request = AddPartitionsToTxnRequest(
        transactions=[
            AddPartitionsToTxnTransaction(
                transactional_id=name,
                producer_id=producer.producer_id,
                producer_epoch=producer.epoch,
                verify_only=verify,
                topics=[topic],
            )
            for name in names
        ]
    )
    found: Any = producer.client.ask(request, version).results_by_transaction
    return [
        [one.partition_error_code for one in result.topic_results[0].results_by_partition]
        for result in found
    ]


def test_brokers_ask_what_is_in_a_transaction(producer: TransactionalProducer) -> None:
    producer.add(0)
    mapping = ErrorCode.INVALID_PRODUCER_ID_MAPPING
    assert several(producer, True, "t", "nobody") == [
        [0, ErrorCode.TRANSACTION_ABORTABLE],
        [mapping, mapping],
    ]
    assert several(producer, False, "t") == [[0, 0]]
    assert several(producer, True, "t") == [[0, 0]]


def test_the_clients_transaction_version_is_stored(
    broker: BrokerDriver, producer: TransactionalProducer
) -> None:
    """Brokers ask with v4 and later, for clients whose epoch rises with each transaction (KIP-890);
    older clients ask themselves, and know no such versions."""
    added = [producer.add(0, version=3), *several(producer, False, "t", version=4)]

    assert added == [[0], [0, 0]]
    assert [value.client_transaction_version for value in stored(broker)[-2:]] == [0, 2]


def test_an_id_that_comes_twice(broker: BrokerDriver, producer: TransactionalProducer) -> None:
    """The last mention is added, and the first one answered."""
    mentions = [
        AddPartitionsToTxnTransaction(
            transactional_id="t",
            producer_id=producer.producer_id,
            producer_epoch=producer.epoch,
            verify_only=False,
            topics=[AddPartitionsToTxnTopic(name="t", partitions=indexes)],
        )
        for indexes in ([0], [0, 1])
    ]
    request = AddPartitionsToTxnRequest(transactions=mentions)
    found = producer.client.ask(request, 5).results_by_transaction
    answered = [
        [result.partition_index for result in one.topic_results[0].results_by_partition]
        for one in found
    ]

    assert answered == [[0], [0]]
    (topic,) = stored(broker)[-1].transaction_partitions or ()
    assert topic.partition_ids == [0, 1]


def test_each_mention_of_an_id_is_answered_for_its_own_producer(
    producer: TransactionalProducer,
) -> None:
    """And for what it is to do: one asks, the other adds."""
    mentions = [
        AddPartitionsToTxnTransaction(
            transactional_id="t",
            producer_id=producer.producer_id,
            producer_epoch=producer.epoch + wrong,
            verify_only=asks,
            topics=[AddPartitionsToTxnTopic(name="t", partitions=[0])],
        )
        for wrong, asks in ((0, True), (1, False), (0, False))
    ]
    request = AddPartitionsToTxnRequest(transactions=mentions)
    found = producer.client.ask(request, 5).results_by_transaction

    assert [one.topic_results[0].results_by_partition[0].partition_error_code for one in found] == [
        ErrorCode.TRANSACTION_ABORTABLE,
        ErrorCode.PRODUCER_FENCED,
        ErrorCode.NONE,
    ]
