"""The steps that end a decided transaction, where one of them fails."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from kbroker.coordinator.transaction.ending import TransactionEnding
from kbroker.coordinator.transaction.states import TransactionState
from kbroker.coordinator.transaction.transaction import Transaction
from wire.errors import ErrorCode

DECIDED = Transaction(7, 60, 0, state=TransactionState.PREPARE_COMMIT, partitions=frozenset())
FAILED = ErrorCode.REQUEST_TIMED_OUT


class Steps:
    """Stands for the log of decisions and for the partitions: each step has the code it is told."""

    def __init__(self, **codes: ErrorCode) -> None:
        self.codes = codes
        self.taken: list[str] = []

    def when_committed(self, _key: str, done: Callable[[ErrorCode], None]) -> None:
        self.taken.append("decision")
        done(self.codes.get("decision", ErrorCode.NONE))

    def write_all(self, *arguments: Any) -> None:
        self.taken.append("markers")
        arguments[-1](self.codes.get("markers", ErrorCode.NONE))

    def write_unasked(self, _key: str, _operation: object) -> None:
        self.taken.append("completion")


@pytest.mark.parametrize(
    ("failing", "taken"), [("decision", ["decision"]), ("markers", ["decision", "markers"])]
)
def test_a_step_that_fails_is_the_last_and_the_next_round_begins_anew(
    failing: str, taken: list[str]
) -> None:
    steps = Steps(**{failing: FAILED})
    ending = TransactionEnding(steps, steps)  # type: ignore[arg-type]
    ending.begin("id", DECIDED)
    assert steps.taken == taken
    steps.codes.clear()
    ending.begin("id", DECIDED)

    assert steps.taken == [*taken, "decision", "markers", "completion"]


def test_a_transaction_is_ended_once_at_a_time() -> None:
    steps = Steps()
    steps.write_all = lambda *_: steps.taken.append("markers")  # type: ignore[method-assign]
    ending = TransactionEnding(steps, steps)  # type: ignore[arg-type]
    for transactional_id in ("id", "id", "other"):
        ending.begin(transactional_id, DECIDED)

    assert steps.taken == ["decision", "markers"] * 2
