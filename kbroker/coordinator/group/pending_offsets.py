"""Offsets that were committed in open transactions (KIP-98).

Where an offset was also committed outside of the transaction, the record that was written last
counts, not the one whose marker came last.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from wire.internal.consumer_offsets import OffsetCommitKey, OffsetCommitValue

# Group, topic and partition.
Place = tuple[str, str, int]


class PendingOffsets:
    """Changed by replay only, in the order of the records in the log."""

    def __init__(self) -> None:
        self._by_producer: dict[int, dict[Place, tuple[int, OffsetCommitValue]]] = {}
        self._open: dict[Place, set[int]] = {}  # producers with a pending offset there
        self._newest: dict[Place, int] = {}  # of open places: when one was committed last
        self._clock = 0  # counts records

    def add(self, producer_id: int, key: OffsetCommitKey, value: OffsetCommitValue) -> None:
        place = _place(key)
        self._by_producer.setdefault(producer_id, {})[place] = self._tick(), value
        self._open.setdefault(place, set()).add(producer_id)

    def on_commit(self, key: OffsetCommitKey) -> None:
        """An offset was committed outside of any transaction."""
        place = _place(key)
        if place in self._open:
            self._newest[place] = self._tick()

    def on_tombstone(self, key: OffsetCommitKey) -> None:
        """The offset is deleted, with whatever is pending for it."""
        place = _place(key)
        for producer_id in self._open.pop(place, ()):
            del self._by_producer[producer_id][place]
        self._newest.pop(place, None)

    def end(
        self, producer_id: int, is_commit: bool
    ) -> Iterator[tuple[OffsetCommitKey, OffsetCommitValue]]:
        """Removes the pending offsets of the producer; yields those that are committed now."""
        for place, (written, value) in self._by_producer.pop(producer_id, {}).items():
            counts = is_commit and written > self._newest.get(place, 0)
            if counts:
                self._newest[place] = written
                group, topic, partition = place
                yield OffsetCommitKey(group=group, topic=topic, partition=partition), value
            self._open[place].discard(producer_id)
            if not self._open[place]:
                del self._open[place]
                self._newest.pop(place, None)

    def is_open(self, group_id: str, topic: str, partition: int) -> bool:
        return (group_id, topic, partition) in self._open

    def places(self) -> Iterable[Place]:
        """All places with a pending offset."""
        return self._open

    def of_group(self, group_id: str) -> list[tuple[str, int]]:
        """Topics and partitions for which the group has a pending offset."""
        return [(topic, partition) for group, topic, partition in self._open if group == group_id]

    def _tick(self) -> int:
        self._clock += 1
        return self._clock


def _place(key: OffsetCommitKey) -> Place:
    return key.group, key.topic, key.partition
