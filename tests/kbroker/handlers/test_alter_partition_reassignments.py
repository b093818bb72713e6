"""Moves, where there is nowhere to move to."""

from __future__ import annotations

import pytest

from tests.drivers import BrokerDriver
from wire.errors import ErrorCode
from wire.messages.alter_partition_reassignments import (
    AlterPartitionReassignmentsRequest,
    ReassignablePartition,
    ReassignableTopic,
)


@pytest.mark.parametrize(
    ("name", "index", "replicas", "code"),
    [
        ("t", 0, [1], ErrorCode.NONE),
        ("t", 0, None, ErrorCode.NO_REASSIGNMENT_IN_PROGRESS),
        ("t", 0, [2], ErrorCode.INVALID_REPLICA_ASSIGNMENT),
        ("t", 0, [], ErrorCode.INVALID_REPLICA_ASSIGNMENT),
        ("t", 1, [1], ErrorCode.UNKNOWN_TOPIC_OR_PARTITION),
        ("t", -1, [1], ErrorCode.UNKNOWN_TOPIC_OR_PARTITION),
        ("u", 0, [1], ErrorCode.UNKNOWN_TOPIC_OR_PARTITION),
    ],
)
def test_moves(name: str, index: int, replicas: list[int] | None, code: ErrorCode) -> None:
    broker = BrokerDriver()
    broker.create_topic("t")
    partition = ReassignablePartition(partition_index=index, replicas=replicas)
    request = AlterPartitionReassignmentsRequest(
        topics=[ReassignableTopic(name=name, partitions=[partition])]
    )
    answer = broker.connect().ask(request, 1)
    [topic] = answer.responses
    assert [found.error_code for found in topic.partitions] == [code]
    assert answer.error_code == ErrorCode.NONE, "errors concern single partitions"


@pytest.mark.parametrize(("timeout_ms", "code"), [(0, ErrorCode.REQUEST_TIMED_OUT), (1, 0)])
def test_no_time(broker: BrokerDriver, timeout_ms: int, code: int) -> None:
    """The whole request is late, unless it asks for nothing."""
    topics = [ReassignableTopic(name="t", partitions=[])]
    nothing = AlterPartitionReassignmentsRequest(timeout_ms=timeout_ms, topics=[])
    assert broker.connect().ask(nothing, 1).error_code == ErrorCode.NONE
    request = AlterPartitionReassignmentsRequest(timeout_ms=timeout_ms, topics=topics)
    assert broker.connect().ask(request, 1).error_code == code


@pytest.mark.parametrize("allowed", [True, False])
def test_nothing_to_move(allowed: bool) -> None:
    """The answer is as it is made: whether factors may change is not repeated."""
    request = AlterPartitionReassignmentsRequest(
        timeout_ms=1000, allow_replication_factor_change=allowed, topics=[]
    )
    answer = BrokerDriver().connect().ask(request, 1)
    assert (answer.allow_replication_factor_change, answer.error_message) == (True, "")
