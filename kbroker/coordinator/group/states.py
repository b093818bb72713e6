"""The states of a classic group and the changes that are allowed between them.

Kafka's ClassicGroupState has a fifth, Dead, for groups whose partition moved to another broker
while requests were waiting; a group here is simply gone when it is gone.
"""

from __future__ import annotations

from enum import Enum


class ClassicGroupState(Enum):
    """Values are the names that clients see."""

    EMPTY = "Empty"  # no members; stays until its offsets have expired
    PREPARING_REBALANCE = "PreparingRebalance"  # collects JoinGroups
    COMPLETING_REBALANCE = "CompletingRebalance"  # waits for the leader's assignment
    STABLE = "Stable"  # every member can have its assignment


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
