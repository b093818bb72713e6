"""Produce: what is acknowledged, what is refused, and how (as a running 4.3.1 answers)."""

from __future__ import annotations

from typing import Any

import pytest

from kbroker.replicas.durability import FsyncMode, FsyncPolicy
from storage.read_batches import read_batches
from tests.drivers import NOW_MS, BrokerDriver, batch
from tests.transactions import TransactionalProducer
from wire.errors import ErrorCode
from wire.headers import encode_request
from wire.messages.produce import PartitionProduceData, ProduceRequest, TopicProduceData
from wire.records import BatchBuilder, Record
from wire.records.crc32c import crc32c
from wire.records.legacy import build_message_set
from wire.uuids import ZERO_UUID

VERSIONS = range(3, 14)


def ask(
    broker: BrokerDriver,
    records: bytes | None,
    *,
    version: int = 12,
    topic: str = "t",
    index: int = 0,
    acks: int = 1,
    client_id: str = "client",
) -> Any:
    """The answer for the one partition."""
    client = broker.connect()
    client.client_id = client_id
    found = broker.node.metadata.image.topic(topic)
    topic_id = found.topic_id if found is not None else bytes(15) + b"\x07"
    data = TopicProduceData(
        name=topic,
        topic_id=topic_id,
        partition_data=[PartitionProduceData(index=index, records=records)],
    )
    request = ProduceRequest(acks=acks, timeout_ms=1000, topic_data=[data])
    return client.ask(request, version).responses[0].partition_responses[0]


@pytest.fixture
def topic(broker: BrokerDriver) -> BrokerDriver:
    broker.create_topic("t", 2)
    return broker


@pytest.mark.parametrize("version", VERSIONS)
def test_offsets(topic: BrokerDriver, version: int) -> None:
    """Batches get consecutive offsets, whatever the version."""
    first = ask(topic, batch(b"a", b"b"), version=version)
    second = ask(topic, batch(b"c"), version=version, acks=-1)

    assert (first.error_code, first.base_offset, second.base_offset) == (0, 0, 2)
    assert first.log_append_time_ms == -1


@pytest.mark.parametrize(("version", "has_id"), [(12, False), (13, True)])
def test_the_topic_is_called_as_the_client_calls_it(
    topic: BrokerDriver, version: int, has_id: bool
) -> None:
    """By its name, and from v13 on by its id."""
    found = topic.node.metadata.image.topic("t")
    assert found is not None
    partitions = [PartitionProduceData(index=0, records=batch(b"a"))]
    data = TopicProduceData(name="t", topic_id=found.topic_id, partition_data=partitions)
    request = ProduceRequest(acks=1, timeout_ms=1000, topic_data=[data])
    (answer,) = topic.connect().ask(request, version).responses

    assert (answer.name, answer.topic_id) == (("", found.topic_id) if has_id else ("t", ZERO_UUID))


def test_the_start_of_the_log_is_told(topic: BrokerDriver) -> None:
    """With what is written, and with what is refused."""
    ask(topic, batch(b"a", b"b"))
    found = topic.node.replicas.find("t", 0)
    assert found is not None
    found.delete_records(1)
    written = ask(topic, batch(b"c"))
    refused = ask(topic, batch(b"d", is_control=True))

    assert (written.log_start_offset, refused.log_start_offset) == (1, 1)


@pytest.mark.parametrize(
    ("records", "code", "log_start_offset"),
    [
        pytest.param(b"", 87, -1, id="empty"),
        pytest.param(batch(b"a") + batch(b"b"), 87, -1, id="two batches"),
        pytest.param(batch(b"a")[:-1], 87, -1, id="cut"),
        pytest.param(batch(b"a")[:-1] + b"!", 2, -1, id="bad checksum"),
        pytest.param(batch(b"x" * 1_100_000), 10, -1, id="too large"),
        pytest.param(batch(b"a", is_control=True), 87, 0, id="control batch"),
        pytest.param(batch(b"a", base_offset=77), 87, 0, id="base offset"),
        pytest.param(batch(b"a", producer_id=5, producer_epoch=0), 87, 0, id="no sequence"),
        pytest.param(batch(b"a", is_transactional=True), 53, -1, id="transactional"),
        pytest.param(
            build_message_set([Record(0, NOW_MS, None, b"a")], magic=1), 87, -1, id="message set v1"
        ),
    ],
)
def test_refused(topic: BrokerDriver, records: bytes, code: int, log_start_offset: int) -> None:
    """Each misuse has its code; the log's start is told once the records were looked at."""
    answer = ask(topic, records)

    assert (answer.error_code, answer.log_start_offset) == (code, log_start_offset)
    assert (answer.base_offset, answer.error_message) == (-1, None)


def test_records_at_fault_are_named(broker: BrokerDriver) -> None:
    """KIP-467: from v8 on a client learns which records, and why."""
    broker.create_topic("t", cleanup_policy="compact")
    answer = ask(broker, batch(b"a", b"b"), version=8)

    assert answer.error_code == ErrorCode.INVALID_RECORD
    assert [error.batch_index for error in answer.record_errors] == [0, 1]
    assert "without key" in answer.record_errors[0].batch_index_error_message


def test_log_append_time(broker: BrokerDriver) -> None:
    """The broker's time is stored and told."""
    broker.create_topic("t", message_timestamp_type="LogAppendTime")

    assert ask(broker, batch(b"a")).log_append_time_ms == NOW_MS


@pytest.mark.parametrize(
    ("version", "topic_name", "index", "code"),
    [
        (12, "nope", 0, ErrorCode.UNKNOWN_TOPIC_OR_PARTITION),
        (12, "t", 2, ErrorCode.UNKNOWN_TOPIC_OR_PARTITION),
        (12, "t", -1, ErrorCode.UNKNOWN_TOPIC_OR_PARTITION),
        (13, "nope", 0, ErrorCode.UNKNOWN_TOPIC_ID),
        (13, "t", 2, ErrorCode.UNKNOWN_TOPIC_OR_PARTITION),
    ],
)
def test_unknown(
    topic: BrokerDriver, version: int, topic_name: str, index: int, code: ErrorCode
) -> None:
    """By name or by id."""
    answer = ask(topic, batch(b"a"), version=version, topic=topic_name, index=index)

    assert answer.error_code == code


@pytest.mark.parametrize(
    ("position", "value", "message"),
    [
        (16, b"\x03", "Invalid magic found in record: 3"),
        (8, b"\0\0\0\x0d", "Record size 13 is less than the minimum record overhead (14)"),
    ],
)
def test_what_cannot_be_looked_at_fails_the_request(
    topic: BrokerDriver, position: int, value: bytes, message: str
) -> None:
    """All partitions of it, and for once with a text."""
    damaged = bytearray(batch(b"a"))
    damaged[position : position + len(value)] = value
    data = [
        PartitionProduceData(index=0, records=batch(b"good")),
        PartitionProduceData(index=1, records=bytes(damaged)),
    ]
    topics = [TopicProduceData(name="t", partition_data=data)]
    answer = topic.connect().ask(ProduceRequest(acks=1, timeout_ms=1, topic_data=topics), 9)

    assert [
        (found.error_code, found.error_message) for found in answer.responses[0].partition_responses
    ] == [(ErrorCode.CORRUPT_MESSAGE, message)] * 2


@pytest.mark.parametrize(
    ("length", "rest", "message"),
    [
        (13, 0, "Record size 13 is less than the minimum record overhead (14)"),
        (14, 0, None),
        (14, 14, None),
    ],
)
def test_the_shortest_that_is_looked_at(
    topic: BrokerDriver, length: int, rest: int, message: str | None
) -> None:
    """A length alone, and one of the least that a record takes."""
    records = bytes(8) + length.to_bytes(4, "big") + bytes(rest)
    assert ask(topic, records).error_message == message


def test_what_is_cut_off_is_no_defect(topic: BrokerDriver) -> None:
    """Wherever it is."""
    whole = batch(b"a")
    codes = {ask(topic, whole[:size]).error_code for size in range(len(whole))}

    assert codes == {ErrorCode.INVALID_RECORD}


@pytest.mark.parametrize("codec", [1, 3, 4, 5])
def test_bodies_that_are_not_in_their_codec(topic: BrokerDriver, codec: int) -> None:
    """Kafka opens every batch; how the body begins is what we look at."""
    builder = BatchBuilder()
    builder.append(timestamp=NOW_MS, key=None, value=b"plain")
    builder.compression = 0
    damaged = bytearray(builder.build())
    damaged[22] |= codec
    damaged[17:21] = crc32c(bytes(damaged[21:])).to_bytes(4, "big")

    assert ask(topic, bytes(damaged)).error_code == ErrorCode.UNKNOWN_SERVER_ERROR


@pytest.mark.parametrize("acks", [2, -2])
def test_acks(topic: BrokerDriver, acks: int) -> None:
    """0, 1 and -1 are all there are."""
    assert ask(topic, batch(b"a"), acks=acks).error_code == ErrorCode.INVALID_REQUIRED_ACKS


@pytest.mark.parametrize("records", [b"short", batch(b"a") + batch(b"b")])
def test_what_is_no_batch_is_told_before_wrong_acks(topic: BrokerDriver, records: bytes) -> None:
    assert ask(topic, records, acks=2).error_code == ErrorCode.INVALID_RECORD


def test_an_unknown_codec_fails_the_request(topic: BrokerDriver) -> None:
    """Before v7, where Kafka looks for zstd, and where there is such a partition."""
    unknown = bytearray(batch(b"a"))
    unknown[22] |= 7
    data = [
        PartitionProduceData(index=index, records=records)
        for index, records in ((0, batch(b"good")), (1, bytes(unknown)), (9, bytes(unknown)))
    ]
    topics = [TopicProduceData(name="t", partition_data=data)]
    request = ProduceRequest(acks=1, timeout_ms=1, topic_data=topics)
    answer = topic.connect().ask(request, 6)
    topics[0].partition_data = [data[0], data[2]]
    other = topic.connect().ask(request, 6)

    assert [one.error_code for one in answer.responses[0].partition_responses] == [-1, -1, -1]
    assert [one.error_code for one in other.responses[0].partition_responses] == [0, 3]


def test_an_unknown_codec_of_what_is_no_batch(topic: BrokerDriver) -> None:
    """Kafka finds no codec where the batch is not whole."""
    unknown = bytearray(batch(b"a"))
    unknown[22] |= 7

    assert ask(topic, bytes(unknown[:-1]), version=6).error_code == ErrorCode.INVALID_RECORD


def test_zstd_needs_v7(topic: BrokerDriver) -> None:
    """Older clients could not read it back; which is told before there are too many batches."""
    records = batch(b"a" * 100, compression=4)

    for too_early in (records, records * 2):
        answer = ask(topic, too_early, version=6)
        assert answer.error_code == ErrorCode.UNSUPPORTED_COMPRESSION_TYPE
    assert ask(topic, records, version=7).error_code == 0


def test_internal_topics_are_for_kafkas_own_admin_client(topic: BrokerDriver) -> None:
    """It is known by its name."""
    topic.node.auto_topic_creation.ensure_internal("__consumer_offsets")
    topic.settle()
    records = batch(b"a", key=b"k")
    answer = ask(topic, records, topic="__consumer_offsets", client_id="__admin_client")

    assert (answer.error_code, answer.base_offset) == (0, 0)


def test_internal_topics_are_not_for_clients(topic: BrokerDriver) -> None:
    """Only Kafka's own admin client may write there."""
    topic.node.auto_topic_creation.ensure_internal("__consumer_offsets")
    topic.settle()
    answer = ask(topic, batch(b"a"), topic="__consumer_offsets")

    assert answer.error_code == ErrorCode.INVALID_TOPIC_EXCEPTION
    answer = ask(topic, b"", topic="__consumer_offsets")
    assert answer.error_code == ErrorCode.INVALID_RECORD


def test_a_partition_named_twice_is_written_once(topic: BrokerDriver) -> None:
    """The last mention counts, as in Kafka's maps."""
    data = [PartitionProduceData(index=0, records=batch(value)) for value in (b"first", b"last")]
    request = ProduceRequest(
        acks=1,
        timeout_ms=1,
        topic_data=[TopicProduceData(name="t", partition_data=data)],
    )
    answer = topic.connect().ask(request, 9)

    assert len(answer.responses[0].partition_responses) == 1
    assert ask(topic, batch(b"next")).base_offset == 1


@pytest.mark.parametrize(
    ("wrong", "version", "code"),
    [
        (b"short", 9, ErrorCode.INVALID_RECORD),
        (batch(b"early", compression=4), 6, ErrorCode.UNSUPPORTED_COMPRESSION_TYPE),
    ],
)
def test_a_wrong_mention_is_told_and_the_right_one_is_written(
    topic: BrokerDriver, wrong: bytes, version: int, code: ErrorCode
) -> None:
    """As where Kafka joins the answers of both, whichever comes first."""
    right = PartitionProduceData(index=0, records=batch(b"good"))
    bad = PartitionProduceData(index=0, records=wrong)
    for written, data in ((1, [bad, right]), (2, [right, bad])):
        topics = [TopicProduceData(name="t", partition_data=data)]
        request = ProduceRequest(acks=1, timeout_ms=1, topic_data=topics)
        answer = topic.connect().ask(request, version)

        (told,) = answer.responses[0].partition_responses
        assert (told.error_code, told.base_offset) == (code, -1)
        found = topic.node.replicas.find("t", 0)
        assert found is not None
        assert found.log.log_end_offset == written


def test_idempotent_retries_and_gaps(topic: BrokerDriver) -> None:
    """A retry gets the offset it had; a gap and an old epoch are refused (KIP-98)."""

    def sequence(first: int, epoch: int = 0) -> Any:
        records = batch(b"a", b"b", producer_id=7, producer_epoch=epoch, base_sequence=first)
        return ask(topic, records)

    assert [sequence(0).base_offset, sequence(2).base_offset] == [0, 2]
    assert sequence(0).base_offset == 0
    assert sequence(6).error_code == ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER
    assert sequence(0, epoch=1).base_offset == 4
    assert sequence(4).error_code == ErrorCode.INVALID_PRODUCER_EPOCH


@pytest.mark.parametrize(("acks", "records"), [(0, None), (0, b"junk"), (1, None)])
def test_failed_acks_zero_closes(topic: BrokerDriver, acks: int, records: bytes | None) -> None:
    """All that such a client can notice; and records that are null have no other answer."""
    client = topic.connect()
    data = PartitionProduceData(index=0, records=records)
    topics = [TopicProduceData(name="t", partition_data=[data])]
    client.send(ProduceRequest(acks=acks, timeout_ms=1, topic_data=topics), 9)

    assert client.closed


def test_wrong_acks_do_not_hide_what_is_not_there(topic: BrokerDriver) -> None:
    """Kafka looks for the partition first, and for transactional batches before that."""
    unknown = ask(topic, batch(b"a"), acks=2, index=9)
    marked = bytearray(batch(b"a"))
    marked[22] |= 16
    transactional = ask(topic, bytes(marked), acks=2)

    assert unknown.error_code == ErrorCode.UNKNOWN_TOPIC_OR_PARTITION
    assert transactional.error_code == ErrorCode.TRANSACTIONAL_ID_AUTHORIZATION_FAILED


def test_a_failed_request_names_each_partition_once(topic: BrokerDriver) -> None:
    """And no topic without partitions."""
    damaged = bytearray(batch(b"a"))
    damaged[16] = 3
    data = PartitionProduceData(index=0, records=bytes(damaged))
    topics = [
        TopicProduceData(name="t", partition_data=[data, data]),
        TopicProduceData(name="u", partition_data=[]),
        TopicProduceData(name="t", partition_data=[data]),
    ]
    answer = topic.connect().ask(ProduceRequest(acks=1, timeout_ms=1, topic_data=topics), 9)

    assert [(one.name, len(one.partition_responses)) for one in answer.responses] == [("t", 1)]


def test_records_that_wait_are_not_in_the_receive_buffer() -> None:
    """Since v12 a partition enters the transaction with its first record, which waits for that."""
    broker = BrokerDriver(fsync=FsyncPolicy(FsyncMode.ALWAYS))
    broker.create_topic("t")
    producer = TransactionalProducer(broker)
    producer.init()
    identity = {"producer_id": producer.producer_id, "producer_epoch": producer.epoch}
    records = batch(b"a", is_transactional=True, base_sequence=0, **identity)
    data = TopicProduceData(
        name="t", partition_data=[PartitionProduceData(index=0, records=records)]
    )
    request = ProduceRequest(transactional_id="t", acks=-1, timeout_ms=1000, topic_data=[data])
    frame = bytearray(encode_request(request, 12, 1, "client"))
    client = broker.connect()
    client.session.serve(memoryview(frame))
    frame[:] = bytes(len(frame))  # what comes next is received into the same buffer
    broker.settle()

    partition = broker.node.replicas.find("t", 0)
    assert partition is not None
    assert [record.value for found in read_batches(partition.log) for record in found] == [b"a"]
