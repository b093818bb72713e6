"""An internal topic as its coordinator sees it."""

from __future__ import annotations

import pytest

from kbroker.replicas.coordinator_log import InternalTopicLog
from kbroker.replicas.durability import FsyncMode, FsyncPolicy
from tests.drivers import BrokerDriver, batch
from wire.errors import ErrorCode, KafkaError


def test_write_and_read_back(broker: BrokerDriver) -> None:
    """Whole batches, partition by partition, and offsets as they are given."""
    log = InternalTopicLog("t", broker.node.replicas, broker.clock)
    assert log.partition_count() == 0
    assert list(log.read(0)) == []
    broker.create_topic("t", 2)

    assert log.partition_count() == 2
    assert [log.append(1, batch(b"a", b"b")), log.append(1, batch(b"c"))] == [0, 2]
    values = [record.value for found in log.read(1) for record in found]
    assert values == [b"a", b"b", b"c"]
    assert list(log.read(0)) == []


def test_each_partition_has_its_leader_epoch(broker: BrokerDriver) -> None:
    broker.create_topic("t", 2)
    broker.node.replicas.partitions_of("t")[1].leader_epoch = 3
    log = InternalTopicLog("t", broker.node.replicas, broker.clock)
    assert [log.leader_epoch(0), log.leader_epoch(1)] == [0, 3]


def test_no_such_partition(broker: BrokerDriver) -> None:
    """The topic may be deleted under its coordinator."""
    log = InternalTopicLog("t", broker.node.replicas, broker.clock)
    with pytest.raises(KafkaError) as raised:
        log.append(0, batch(b"a"))
    assert raised.value.code == ErrorCode.UNKNOWN_TOPIC_OR_PARTITION


@pytest.mark.parametrize(
    ("topic", "code"), [("t", ErrorCode.NONE), ("u", ErrorCode.UNKNOWN_TOPIC_OR_PARTITION)]
)
def test_who_waits_for_a_commit_is_called_at_once_where_there_is_none(
    broker: BrokerDriver, topic: str, code: ErrorCode
) -> None:
    """Because nothing was appended, or since there is no such partition."""
    broker.create_topic("t")
    codes: list[ErrorCode] = []
    InternalTopicLog(topic, broker.node.replicas, broker.clock).when_committed(0, 1, codes.append)

    assert codes == [code]


def test_what_storage_refuses_is_a_code(broker: BrokerDriver) -> None:
    """A record beyond the topic's limit, say."""
    broker.create_topic("t", max_message_bytes="100")
    log = InternalTopicLog("t", broker.node.replicas, broker.clock)
    with pytest.raises(KafkaError) as raised:
        log.append(0, batch(b"x" * 200))
    assert raised.value.code == ErrorCode.MESSAGE_TOO_LARGE


def test_a_commit_that_takes_too_long() -> None:
    broker = BrokerDriver(fsync=FsyncPolicy(FsyncMode.ALWAYS))
    broker.create_topic("t")
    log = InternalTopicLog("t", broker.node.replicas, broker.clock)
    codes: list[ErrorCode] = []
    log.append(0, batch(b"a"))
    log.when_committed(0, 100, codes.append)
    broker.clock.elapsed_ms += 100
    broker.timers.expire(broker.clock.elapsed_ms)

    assert codes == [ErrorCode.REQUEST_TIMED_OUT]
