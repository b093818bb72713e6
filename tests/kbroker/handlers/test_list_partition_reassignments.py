"""Moves that are under way: none."""

from __future__ import annotations

from tests.drivers import BrokerDriver
from wire.messages.list_partition_reassignments import ListPartitionReassignmentsRequest


def test_nothing_is_under_way() -> None:
    answer = BrokerDriver().connect().ask(ListPartitionReassignmentsRequest(), 0)
    assert (answer.error_code, answer.topics) == (0, [])
