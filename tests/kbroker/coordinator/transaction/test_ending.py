"""The end of a decided transaction: markers after the decision, completion after the markers."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from kbroker.coordinator.transaction.ending import TransactionEnding
from kbroker.coordinator.transaction.states import PREPARE_ABORT, PREPARE_COMMIT, TransactionState
from wire.errors import ErrorCode
from wire.records.control import ControlRecordType

Done = Callable[[ErrorCode], None]
PARTITIONS = [("t", 0), ("t", 1)]


class Bench:
    """An ending over a runtime and markers that only note what they are asked."""

    def __init__(self) -> None:
        self.decisions: list[Done] = []
        self.markers: list[tuple[Any, ...]] = []
        self.completed: list[str] = []
        runtime = SimpleNamespace(
            when_committed=lambda _id, done: self.decisions.append(done),
            write_unasked=lambda _id, operation: operation(self),
            leader_epoch=lambda _id: 6,
        )
        writer = SimpleNamespace(write_all=lambda *arguments: self.markers.append(arguments))
        self.ending = TransactionEnding(runtime, writer)  # type: ignore[arg-type]

    def complete(self, transactional_id: str) -> None:
        self.completed.append(transactional_id)

    def begin(self, state: TransactionState = PREPARE_COMMIT) -> None:
        decided = SimpleNamespace(
            state=state, partitions=set(PARTITIONS), producer_id=9, producer_epoch=3, version=2
        )
        self.ending.begin("id", decided)  # type: ignore[arg-type]

    def decision_is_committed(self, code: ErrorCode = ErrorCode.NONE) -> None:
        self.decisions.pop()(code)

    def markers_are_committed(self, code: ErrorCode = ErrorCode.NONE) -> None:
        *_, done = self.markers.pop()
        done(code)


@pytest.mark.parametrize(
    ("state", "kind"),
    [(PREPARE_COMMIT, ControlRecordType.COMMIT), (PREPARE_ABORT, ControlRecordType.ABORT)],
)
def test_the_steps(state: TransactionState, kind: ControlRecordType) -> None:
    bench = Bench()
    bench.begin(state)
    assert bench.markers == []
    bench.decision_is_committed()
    partitions, marker, *rest, _ = bench.markers[0]
    assert (partitions, rest) == (PARTITIONS, [9, 3, 2])
    assert (marker.control_type, marker.coordinator_epoch) == (kind, 6)
    assert bench.completed == []
    bench.markers_are_committed()
    assert bench.completed == ["id"]


def test_one_at_a_time() -> None:
    bench = Bench()
    bench.begin()
    bench.begin()
    assert len(bench.decisions) == 1
    bench.decision_is_committed()
    bench.begin()
    assert bench.decisions == []
    bench.markers_are_committed()
    bench.begin()
    assert len(bench.decisions) == 1


def test_a_decision_that_was_not_committed_is_tried_again() -> None:
    bench = Bench()
    bench.begin()
    bench.decision_is_committed(ErrorCode.NOT_COORDINATOR)
    assert bench.markers == []
    bench.begin()
    bench.decision_is_committed()
    assert len(bench.markers) == 1


def test_markers_that_were_not_committed_are_tried_again() -> None:
    bench = Bench()
    bench.begin()
    bench.decision_is_committed()
    bench.markers_are_committed(ErrorCode.NOT_ENOUGH_REPLICAS)
    assert bench.completed == []
    bench.begin()
    bench.decision_is_committed()
    bench.markers_are_committed()
    assert bench.completed == ["id"]
