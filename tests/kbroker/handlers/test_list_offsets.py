"""ListOffsets: timestamps and the special ones (as a running 4.3.1 answers)."""

from __future__ import annotations

from typing import Any

import pytest

from storage import AppendOrigin, LogDirFailed
from tests.drivers import NOW_MS, BrokerDriver
from tests.transactions import TransactionalProducer
from wire.errors import ErrorCode
from wire.messages.list_offsets import (
    ListOffsetsPartition,
    ListOffsetsRequest,
    ListOffsetsTopic,
)
from wire.records import BatchBuilder


@pytest.fixture
def topic(broker: BrokerDriver) -> BrokerDriver:
    """Offsets 0 to 3 with timestamps 10, 30, 20 and 30 after now."""
    broker.create_topic("t", 2)
    found = broker.node.replicas.find("t", 0)
    assert found is not None
    for shift in (10, 30, 20, 30):
        builder = BatchBuilder()
        builder.append(timestamp=NOW_MS + shift, key=None, value=b"v")
        found.append(builder.build(), NOW_MS, AppendOrigin.CLIENT)
    broker.settle()
    return broker


def ask(broker: BrokerDriver, timestamp: int, version: int = 11, **fields: Any) -> Any:
    """The answer for partition 0, or for the index given."""
    index = fields.pop("index", 0)
    isolation_level = fields.pop("isolation_level", 0)
    partition = ListOffsetsPartition(partition_index=index, timestamp=timestamp, **fields)
    request = ListOffsetsRequest(
        replica_id=-1,
        isolation_level=isolation_level,
        topics=[ListOffsetsTopic(name="t", partitions=[partition])],
    )
    return broker.connect().ask(request, version).topics[0].partitions[0]


@pytest.mark.parametrize(
    ("timestamp", "offset", "found_timestamp"),
    [
        (-1, 4, -1),
        (-2, 0, -1),
        (-3, 1, NOW_MS + 30),
        (-4, 0, -1),
        (-5, -1, -1),
        (-6, -1, -1),
        (0, 0, NOW_MS + 10),
        (NOW_MS + 10, 0, NOW_MS + 10),
        (NOW_MS + 11, 1, NOW_MS + 30),
        (NOW_MS + 31, -1, -1),
    ],
)
def test_look_ups(topic: BrokerDriver, timestamp: int, offset: int, found_timestamp: int) -> None:
    """The first offset that is late enough, or what the special one means."""
    answer = ask(topic, timestamp)

    assert (answer.error_code, answer.offset, answer.timestamp) == (0, offset, found_timestamp)
    assert answer.leader_epoch == (-1 if offset < 0 else 0)


def test_the_greatest_timestamp_may_be_of_a_deleted_record(topic: BrokerDriver) -> None:
    """As long as its segment is there; its batch says in which epoch it came."""
    partition = topic.node.replicas.find("t", 0)
    assert partition is not None
    partition.log.delete_before(4)
    found = ask(topic, -3)

    assert (found.offset, found.timestamp, found.leader_epoch) == (1, NOW_MS + 30, 0)


def test_what_is_not_stable_is_not_there_for_read_committed(topic: BrokerDriver) -> None:
    """The end, the greatest timestamp and look-ups stop before an open transaction."""
    producer = TransactionalProducer(topic)
    producer.init()
    producer.write(b"v", partition=1)
    found = {
        level: [ask(topic, at, index=1, isolation_level=level).offset for at in (-1, -3, NOW_MS)]
        for level in (0, 1)
    }

    assert found == {0: [1, 0, 0], 1: [0, -1, -1]}


def test_empty_partitions(topic: BrokerDriver) -> None:
    """Earliest and latest are 0 in the leader's epoch, everything else is nothing."""
    earliest, latest, greatest = (ask(topic, special, index=1) for special in (-2, -1, -3))

    assert [(found.offset, found.leader_epoch) for found in (earliest, latest, greatest)] == [
        (0, 0), (0, 0), (-1, -1),
    ]  # fmt: skip


@pytest.mark.parametrize(("timestamp", "since"), [(-3, 7), (-4, 8), (-5, 9), (-6, 11)])
def test_special_timestamps_have_their_version(
    topic: BrokerDriver, timestamp: int, since: int
) -> None:
    """Before it they are UNSUPPORTED_VERSION, which concerns the partition only."""
    assert ask(topic, timestamp, since - 1).error_code == ErrorCode.UNSUPPORTED_VERSION
    assert ask(topic, timestamp, since).error_code == 0


@pytest.mark.parametrize("version", range(1, 12))
def test_versions(topic: BrokerDriver, version: int) -> None:
    """The answer is the same in each, as far as it has the fields."""
    assert ask(topic, -1, version).offset == 4


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"index": 9}, ErrorCode.UNKNOWN_TOPIC_OR_PARTITION),
        ({"current_leader_epoch": 1}, ErrorCode.UNKNOWN_LEADER_EPOCH),
        ({"current_leader_epoch": -2}, ErrorCode.FENCED_LEADER_EPOCH),
        ({"isolation_level": 2}, ErrorCode.UNKNOWN_SERVER_ERROR),
    ],
)
def test_errors(topic: BrokerDriver, fields: dict[str, int], code: ErrorCode) -> None:
    """Each has its code."""
    assert ask(topic, -1, **fields).error_code == code


def test_a_partition_named_twice_is_refused(topic: BrokerDriver) -> None:
    """One answer, INVALID_REQUEST; a topic without partitions is left out."""
    partitions = [ListOffsetsPartition(partition_index=0, timestamp=-1)] * 2
    topics = [
        ListOffsetsTopic(name="t", partitions=partitions),
        ListOffsetsTopic(name="u", partitions=[]),
    ]
    answer = topic.connect().ask(ListOffsetsRequest(replica_id=-1, topics=topics), 5)

    assert [(found.name, len(found.partitions)) for found in answer.topics] == [("t", 1)]
    assert answer.topics[0].partitions[0].error_code == ErrorCode.INVALID_REQUEST


def test_a_topic_named_twice_is_answered_once(topic: BrokerDriver) -> None:
    """And what a version does not know is told before what is not there."""
    topics = [
        ListOffsetsTopic(
            name="t", partitions=[ListOffsetsPartition(partition_index=index, timestamp=-6)]
        )
        for index in (0, 9)
    ]
    answer = topic.connect().ask(ListOffsetsRequest(replica_id=-1, topics=topics), 10)

    (found,) = answer.topics
    assert [one.error_code for one in found.partitions] == [ErrorCode.UNSUPPORTED_VERSION] * 2


@pytest.mark.parametrize("timestamp", [-1, -3, 0])
def test_what_is_not_committed_is_not_there(topic: BrokerDriver, timestamp: int) -> None:
    """Neither as the end, nor by a timestamp."""
    found = topic.node.replicas.find("t", 1)
    assert found is not None
    builder = BatchBuilder()
    builder.append(timestamp=NOW_MS, key=None, value=b"v")
    found.append(builder.build(), NOW_MS, AppendOrigin.CLIENT)
    committed = found.high_watermark
    assert ask(topic, timestamp, index=1).offset == {-1: committed}.get(timestamp, committed - 1)


def test_records_keep_their_leader_epoch(topic: BrokerDriver) -> None:
    """However they are found, when the leader has another one by now."""
    topic.restart()
    image = topic.node.metadata.image.topic("t")
    assert image is not None
    assert image.partitions[0].leader_epoch > 0

    assert [ask(topic, at).leader_epoch for at in (-2, -3, NOW_MS)] == [0, 0, 0]


def test_the_first_record_has_its_epoch_before_it_is_stable(topic: BrokerDriver) -> None:
    producer = TransactionalProducer(topic)
    producer.init()
    producer.write(b"v", partition=1)
    topic.restart()

    assert ask(topic, -2, index=1, isolation_level=1).leader_epoch == 0


def test_a_log_that_cannot_be_read_is_told(
    topic: BrokerDriver, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = topic.node.replicas.find("t", 0)
    assert found is not None

    def fail(*_: object) -> None:
        raise LogDirFailed("EIO")

    monkeypatch.setattr(type(found.log), "offset_for_timestamp", fail)
    assert ask(topic, NOW_MS).error_code == ErrorCode.KAFKA_STORAGE_ERROR
