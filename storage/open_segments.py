"""Which segments have their file open: at most so many in a log directory.

Ten thousand partitions have to live with a limit of a thousand descriptors.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import Protocol


class Releasable(Protocol):
    """What holds a descriptor; it sets ``recently_used`` whenever it uses it."""

    recently_used: bool

    def release(self) -> None:
        """Gives up the descriptor and everything that can be read again from disk."""


class OpenSegments:
    """Releases segments that were not used lately when more than ``capacity`` are open.

    A clock, not a strict LRU: a use sets a flag instead of moving the segment in a list, because
    every append and every read is a use.
    """

    __slots__ = ("_segments", "capacity")

    def __init__(self, capacity: int) -> None:
        self.capacity = capacity
        self._segments: OrderedDict[Releasable, None] = OrderedDict()

    def add(self, segment: Releasable) -> None:
        """Notes that ``segment`` has opened its file."""
        while len(self._segments) >= self.capacity:
            candidate, _ = self._segments.popitem(last=False)
            if candidate.recently_used:
                candidate.recently_used = False
                self._segments[candidate] = None
            else:
                candidate.release()
        self._segments[segment] = None

    def discard(self, segment: Releasable) -> None:
        """Notes that ``segment`` has closed its file by itself."""
        self._segments.pop(segment, None)

    def __len__(self) -> int:
        return len(self._segments)
