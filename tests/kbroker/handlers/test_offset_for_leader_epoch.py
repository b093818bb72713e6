"""OffsetForLeaderEpoch: where epochs end (as a running 4.3.1 answers)."""

from __future__ import annotations

import pytest

from storage import AppendOrigin
from tests.drivers import NOW_MS, BrokerDriver, batch
from wire.errors import ErrorCode
from wire.messages.offset_for_leader_epoch import (
    OffsetForLeaderEpochRequest,
    OffsetForLeaderPartition,
    OffsetForLeaderTopic,
)

UNDEFINED = (-1, -1)


@pytest.fixture
def topic(broker: BrokerDriver) -> BrokerDriver:
    """``t`` holds two records of epoch 0 and three of epoch 2, in which its leader is."""
    broker.create_topic("t")
    partition = broker.node.replicas.find("t", 0)
    assert partition is not None
    for epoch, count in ((0, 2), (2, 3)):
        partition.leader_epoch = epoch
        for _ in range(count):
            partition.append(batch(b"v"), NOW_MS, AppendOrigin.CLIENT)
    return broker


def ask(
    broker: BrokerDriver, epoch: int, current: int = -1, index: int = 0
) -> tuple[int, tuple[int, int]]:
    wanted = OffsetForLeaderPartition(
        partition=index, leader_epoch=epoch, current_leader_epoch=current
    )
    request = OffsetForLeaderEpochRequest(
        replica_id=-1, topics=[OffsetForLeaderTopic(topic="t", partitions=[wanted])]
    )
    [found] = broker.connect().ask(request, 4).topics[0].partitions
    return found.error_code, (found.leader_epoch, found.end_offset)


@pytest.mark.parametrize(
    ("epoch", "end"),
    [(0, (0, 2)), (1, (0, 2)), (2, (2, 5)), (3, UNDEFINED), (-1, UNDEFINED)],
)
def test_ends(topic: BrokerDriver, epoch: int, end: tuple[int, int]) -> None:
    """Of the greatest epoch up to the one asked for; the leader's own ends with the log."""
    assert ask(topic, epoch) == (0, end)


def test_epochs_before_the_first_end_where_it_starts(topic: BrokerDriver) -> None:
    assert ask(topic, -2) == (0, (-2, 0))


@pytest.mark.parametrize(
    ("current", "code"),
    [(2, 0), (1, ErrorCode.FENCED_LEADER_EPOCH), (3, ErrorCode.UNKNOWN_LEADER_EPOCH)],
)
def test_the_caller_may_be_fenced(topic: BrokerDriver, current: int, code: int) -> None:
    assert ask(topic, 2, current)[0] == code


def test_unknown_partition(topic: BrokerDriver) -> None:
    assert ask(topic, 0, index=1) == (ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, UNDEFINED)


def test_a_leader_knows_its_epoch_before_the_first_record(broker: BrokerDriver) -> None:
    broker.create_topic("t")
    assert ask(broker, 0) == (0, (0, 0))


@pytest.mark.parametrize(("epoch", "end"), [(-2, (-2, 0)), (-1, UNDEFINED), (1, UNDEFINED)])
def test_earlier_epochs_ended_before_an_empty_log(
    broker: BrokerDriver, epoch: int, end: tuple[int, int]
) -> None:
    broker.create_topic("t")
    assert ask(broker, epoch) == (0, end)


def test_an_epoch_that_its_successor_has_not_written_yet_ends_with_the_log(
    topic: BrokerDriver,
) -> None:
    partition = topic.node.replicas.find("t", 0)
    assert partition is not None
    partition.leader_epoch = 5
    assert ask(topic, 3) == (0, (2, 5))
