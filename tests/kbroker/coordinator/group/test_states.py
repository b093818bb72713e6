from __future__ import annotations

import pytest

from kbroker.coordinator.group.states import ClassicGroupState, check_transition

EMPTY = ClassicGroupState.EMPTY
PREPARING = ClassicGroupState.PREPARING_REBALANCE
COMPLETING = ClassicGroupState.COMPLETING_REBALANCE
STABLE = ClassicGroupState.STABLE

ALLOWED = {
    (EMPTY, PREPARING),
    (PREPARING, EMPTY),
    (PREPARING, COMPLETING),
    (COMPLETING, PREPARING),
    (COMPLETING, STABLE),
    (STABLE, PREPARING),
}


@pytest.mark.parametrize("old", ClassicGroupState)
@pytest.mark.parametrize("new", ClassicGroupState)
def test_transitions(old: ClassicGroupState, new: ClassicGroupState) -> None:
    """A group goes around the circle, or back to preparing from anywhere else."""
    if (old, new) in ALLOWED:
        check_transition(old, new)
    else:
        with pytest.raises(AssertionError):
            check_transition(old, new)
