"""The tables of a transaction's life agree with each other."""

from __future__ import annotations

import pytest

from kbroker.coordinator.transaction.states import (
    ALLOWED_FROM,
    COMPLETED,
    OUTCOMES,
    OUTCOMES_OF_RISING_EPOCHS,
    TransactionState,
)


def test_names_are_those_that_clients_see() -> None:
    assert [state.label for state in TransactionState] == [
        "Empty", "Ongoing", "PrepareCommit", "PrepareAbort", "CompleteCommit", "CompleteAbort",
    ]  # fmt: skip


@pytest.mark.parametrize("outcomes", [OUTCOMES, OUTCOMES_OF_RISING_EPOCHS])
def test_an_end_leads_where_it_may(
    outcomes: dict[tuple[TransactionState, bool], TransactionState],
) -> None:
    for (state, *_), outcome in outcomes.items():
        if isinstance(outcome, TransactionState):
            assert state in ALLOWED_FROM[outcome]


def test_what_is_decided_is_completed_the_same_way() -> None:
    for decided, complete in COMPLETED.items():
        assert decided.is_prepared
        assert ALLOWED_FROM[complete] == {decided}
        assert decided.label.removeprefix("Prepare") == complete.label.removeprefix("Complete")


def test_only_a_completed_transaction_is_over() -> None:
    """Nothing but its completion follows a decision."""
    for state, before in ALLOWED_FROM.items():
        assert state in COMPLETED.values() or not any(one.is_prepared for one in before)
