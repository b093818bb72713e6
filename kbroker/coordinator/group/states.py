"""The states of a classic group and the changes that are allowed between them.

Kafka's ClassicGroupState has a fifth, Dead, for groups that were removed while requests waited.
Here those requests are answered when the group is removed.
"""

from __future__ import annotations

from enum import Enum


class ClassicGroupState(Enum):
    """Values are the names that clients see."""

    EMPTY = "Empty"  # no members; stays until its offsets have expired
    PREPARING_REBALANCE = "PreparingRebalance"  # collects JoinGroups
    COMPLETING_REBALANCE = "CompletingRebalance"  # waits for the assignment by the leader
    STABLE = "Stable"  # every member can get its assignment


ALLOWED_FROM: dict[ClassicGroupState, frozenset[ClassicGroupState]] = {
    ClassicGroupState.EMPTY: frozenset({ClassicGroupState.PREPARING_REBALANCE}),
    ClassicGroupState.PREPARING_REBALANCE: frozenset(
        {
            ClassicGroupState.EMPTY,
            ClassicGroupState.COMPLETING_REBALANCE,
            ClassicGroupState.STABLE,
        }
    ),
    ClassicGroupState.COMPLETING_REBALANCE: frozenset({ClassicGroupState.PREPARING_REBALANCE}),
    ClassicGroupState.STABLE: frozenset({ClassicGroupState.COMPLETING_REBALANCE}),
}


def check_transition(old: ClassicGroupState, new: ClassicGroupState) -> None:
    """Asserts that a group may go from ``old`` to ``new``."""
    assert old in ALLOWED_FROM[new], f"a group goes from {old.value} to {new.value}"
