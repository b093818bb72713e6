"""What may be written in a transaction, by the version of Produce (KIP-890)."""

from __future__ import annotations

import pytest

from kbroker.coordinator.transaction.transaction import RISING_EPOCHS
from tests.drivers import BrokerDriver, batch
from tests.transactions import TransactionalProducer, stored, values
from wire.errors import ErrorCode
from wire.messages.produce import PartitionProduceData, ProduceRequest, TopicProduceData


@pytest.fixture
def producer(broker: BrokerDriver) -> TransactionalProducer:
    broker.create_topic("t")
    broker.create_topic("two", 2)
    found = TransactionalProducer(broker)
    found.init()
    return found


@pytest.mark.parametrize(
    ("version", "code"),
    [
        (10, ErrorCode.INVALID_TXN_STATE),
        (11, ErrorCode.TRANSACTION_ABORTABLE),
        (12, ErrorCode.NONE),
    ],
)
def test_whether_the_partition_has_to_be_added_before(
    producer: TransactionalProducer, version: int, code: ErrorCode
) -> None:
    assert producer.write(b"a", version=version) == code
    producer.add(0)
    assert producer.write(b"a", version=version) == 0


def test_a_partition_that_was_not_added_does_not_keep_another_from_being_written(
    producer: TransactionalProducer,
) -> None:
    assert producer.add(0, topic="two") == [0]
    data = [
        PartitionProduceData(
            index=index,
            records=batch(
                b"a",
                producer_id=producer.producer_id,
                producer_epoch=0,
                base_sequence=0,
                is_transactional=True,
            ),
        )
        for index in (0, 1)
    ]
    topic = TopicProduceData(name="two", partition_data=data)
    request = ProduceRequest(transactional_id="t", acks=-1, timeout_ms=1000, topic_data=[topic])
    [answer] = producer.client.ask(request, 11).responses
    codes = [one.error_code for one in answer.partition_responses]
    assert codes == [0, ErrorCode.TRANSACTION_ABORTABLE]


def test_a_transaction_that_writing_opens_is_stored_as_one_of_rising_epochs(
    broker: BrokerDriver, producer: TransactionalProducer
) -> None:
    producer.write(b"a")
    assert stored(broker)[-1].client_transaction_version == RISING_EPOCHS


def test_a_later_batch_does_not_overtake_a_refused_one(producer: TransactionalProducer) -> None:
    """Else the refused one could never be written."""
    producer.write(b"a", version=11)
    producer.add(0)
    late = producer.write(b"b", version=11, base_sequence=1)
    assert late == ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER
    assert producer.write(b"a", version=11) == 0


def test_since_v12_a_producer_starts_with_sequence_0(producer: TransactionalProducer) -> None:
    wrong = producer.write(b"a", base_sequence=5)
    assert wrong == ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER


def test_what_starts_with_sequence_0_is_told_by_the_first_batch(
    producer: TransactionalProducer,
) -> None:
    """As Kafka remembers of a batch that waits for its transaction: a later one of an older version
    is held to it, and the other way round."""
    assert producer.write(b"a", base_sequence=5) == ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER
    older = producer.write(b"a", version=11, base_sequence=5)
    assert older == ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER


def test_before_v12_any_sequence_may_be_the_first(producer: TransactionalProducer) -> None:
    """Its earlier records may have expired."""
    producer.add(0)
    assert producer.write(b"a", version=11, base_sequence=5) == 0


def test_who_was_fenced_is_told_so(producer: TransactionalProducer) -> None:
    producer.write(b"a")
    assert producer.write(b"b", producer_epoch=-1 + producer.epoch + 2) == (
        ErrorCode.INVALID_PRODUCER_EPOCH
    )
    old = producer.epoch
    producer.end(True)
    producer.epoch, producer.sequence = old, 1
    assert producer.write(b"c") == ErrorCode.INVALID_PRODUCER_EPOCH


def test_an_open_transaction_takes_transactional_batches_only(
    broker: BrokerDriver, producer: TransactionalProducer
) -> None:
    producer.write(b"a")
    code = producer.write(b"b", is_transactional=False)
    assert code == ErrorCode.INVALID_TXN_STATE
    producer.end(True)
    assert values(broker) == [b"a"]


def test_producers_of_what_is_not_written_do_not_count(producer: TransactionalProducer) -> None:
    """A request has one producer, but for partitions that are not there and what is no batch."""

    def written(*batches: tuple[int, bytes]) -> list[int]:
        data = [PartitionProduceData(index=index, records=records) for index, records in batches]
        request = ProduceRequest(
            transactional_id="t",
            acks=-1,
            timeout_ms=1000,
            topic_data=[TopicProduceData(name="t", partition_data=data)],
        )
        answer = producer.client.ask(request, 12).responses[0].partition_responses
        return [one.error_code for one in answer]

    def transactional(epoch: int) -> bytes:
        return batch(
            b"a",
            producer_id=producer.producer_id,
            producer_epoch=epoch,
            base_sequence=0,
            is_transactional=True,
        )

    unreadable = bytearray(transactional(1))
    unreadable[16] = 3
    assert written((0, transactional(0)), (5, bytes(unreadable))) == [0, 3]
    assert written((0, bytes(unreadable)), (5, transactional(0))) == [ErrorCode.CORRUPT_MESSAGE] * 2
    two = transactional(1) * 2
    assert written((0, transactional(0)), (5, transactional(1))) == [0, 3]
    assert written((0, two), (5, transactional(2))) == [3, ErrorCode.INVALID_RECORD]
    assert written((0, transactional(0)), (0, transactional(1))) == [
        ErrorCode.INVALID_PRODUCER_EPOCH
    ]


def test_a_request_has_one_producer(producer: TransactionalProducer) -> None:
    """All of it fails otherwise, what does not exist as well."""
    data = [
        PartitionProduceData(
            index=index,
            records=batch(
                b"a",
                producer_id=producer.producer_id,
                producer_epoch=epoch,
                base_sequence=0,
                is_transactional=True,
            ),
        )
        for index, epoch in ((0, 0), (1, 1), (5, 0))
    ]
    topic = TopicProduceData(name="two", partition_data=data)
    request = ProduceRequest(transactional_id="t", acks=-1, timeout_ms=1000, topic_data=[topic])
    [answer] = producer.client.ask(request, 12).responses

    assert {(one.error_code, one.error_message) for one in answer.partition_responses} == {
        (
            ErrorCode.INVALID_PRODUCER_ID_MAPPING,
            "Transactional records contained more than one producer ID",
        )
    }


def test_without_verification_older_producers_are_believed() -> None:
    broker = BrokerDriver(transaction_partition_verification_enable="false")
    broker.create_topic("t")
    producer = TransactionalProducer(broker)
    producer.init()
    assert producer.write(b"a", version=11) == 0


@pytest.mark.parametrize("transactional_id", ["t", ""])
def test_without_any_coordinator(broker: BrokerDriver, transactional_id: str) -> None:
    """Nobody has looked for one yet. There is nobody to refuse the id then, either."""
    broker.create_topic("t")
    data = PartitionProduceData(
        index=0,
        records=batch(
            b"a", producer_id=7, producer_epoch=0, base_sequence=0, is_transactional=True
        ),
    )
    request = ProduceRequest(
        transactional_id=transactional_id,
        acks=-1,
        timeout_ms=1,
        topic_data=[TopicProduceData(name="t", partition_data=[data])],
    )
    [answer] = broker.connect().ask(request, 12).responses[0].partition_responses

    assert answer.error_code == ErrorCode.NOT_ENOUGH_REPLICAS
    assert answer.error_message.endswith("COORDINATOR_NOT_AVAILABLE")
