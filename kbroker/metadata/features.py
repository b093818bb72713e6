"""Feature levels of the cluster (KIP-584): which it could have, and which it has."""

from __future__ import annotations


class Feature:
    __slots__ = ("first", "last", "level")

    def __init__(self, first: int, last: int, level: int) -> None:
        self.first = first
        self.last = last
        self.level = level  # the finalized level; 0 for a feature that is off


# As Kafka 4.3.1 shows them; a feature is on from the release of ours that serves it.
FEATURES = {
    "metadata.version": Feature(7, 30, 30),
    "kraft.version": Feature(0, 1, 0),
}
