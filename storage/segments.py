"""The segments of a log, ordered by base offset."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence

from storage.segment import LogSegment


def _base_offset(segment: LogSegment) -> int:
    return segment.base_offset


class LogSegments:
    """An ordered list; the last segment, if any, is the ``active`` one."""

    __slots__ = ("_segments", "active")

    def __init__(self) -> None:
        self._segments: list[LogSegment] = []
        self.active: LogSegment | None = None  # every append asks for it

    def __iter__(self) -> Iterator[LogSegment]:
        return iter(self._segments)

    def __len__(self) -> int:
        return len(self._segments)

    def add(self, segment: LogSegment) -> None:
        """Adds a segment after all others."""
        assert not self._segments or self._segments[-1].base_offset < segment.base_offset
        self._segments.append(segment)
        self.active = segment

    @property
    def first(self) -> LogSegment | None:
        return self._segments[0] if self._segments else None

    def floor(self, offset: int) -> LogSegment | None:
        """The segment in whose range ``offset`` lies."""
        slot = bisect_right(self._segments, offset, key=_base_offset)
        return self._segments[slot - 1] if slot else None

    def higher(self, offset: int) -> LogSegment | None:
        """The first segment with a base offset greater than ``offset``."""
        slot = bisect_right(self._segments, offset, key=_base_offset)
        return self._segments[slot] if slot < len(self._segments) else None

    def since(self, offset: int) -> list[LogSegment]:
        """The segments from the one that holds ``offset`` on."""
        return self._segments[max(bisect_right(self._segments, offset, key=_base_offset) - 1, 0) :]

    def replace(self, old: Sequence[LogSegment], new: LogSegment) -> None:
        """Puts ``new`` in the place of ``old``, which follow one another and are not the last."""
        slot = self._segments.index(old[0])
        self._segments[slot : slot + len(old)] = [new]

    def pop_from(self, offset: int) -> list[LogSegment]:
        """Removes the segments with base offsets of ``offset`` and later; returns them."""
        slot = bisect_left(self._segments, offset, key=_base_offset)
        return self._pop(slice(slot, None))

    def pop_first(self, count: int) -> list[LogSegment]:
        """Removes the oldest segments; returns them."""
        return self._pop(slice(count))

    def _pop(self, some: slice) -> list[LogSegment]:
        popped = self._segments[some]
        del self._segments[some]
        self.active = self._segments[-1] if self._segments else None
        return popped
