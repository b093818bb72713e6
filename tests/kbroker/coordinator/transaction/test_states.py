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
from wire.errors import ErrorCode


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


def rising(state: TransactionState, *, commit: bool, repeats: bool) -> object:
    return OUTCOMES_OF_RISING_EPOCHS.get((state, commit, repeats))


@pytest.mark.parametrize("state", TransactionState)
def test_where_epochs_rise_an_abort_is_possible_wherever_nothing_is_decided(
    state: TransactionState,
) -> None:
    """A producer may not know that nothing was written (KIP-890)."""
    expected = None if state.is_prepared else TransactionState.PREPARE_ABORT
    assert rising(state, commit=False, repeats=False) is expected


@pytest.mark.parametrize("state", TransactionState)
def test_only_what_is_open_can_be_committed(state: TransactionState) -> None:
    is_open = state is TransactionState.ONGOING
    expected = TransactionState.PREPARE_COMMIT if is_open else None
    assert rising(state, commit=True, repeats=False) is expected


@pytest.mark.parametrize("commit", [True, False])
@pytest.mark.parametrize("state", TransactionState)
def test_a_repetition_waits_for_the_same_end_and_succeeds_after_it(
    state: TransactionState, commit: bool
) -> None:
    verb = "Commit" if commit else "Abort"
    expected = {
        f"Prepare{verb}": ErrorCode.CONCURRENT_TRANSACTIONS,
        f"Complete{verb}": ErrorCode.NONE,
    }
    assert rising(state, commit=commit, repeats=True) is expected.get(state.label)
