"""Open files and index entries of segments, each limited by a cache of its own.

Ten thousand partitions must work within a limit of a thousand file descriptors. A file is opened
again quickly, index entries are not read again quickly, so more segments keep entries than files.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import Protocol

_INDEX_BYTES = 64 << 20


class Releasable(Protocol):
    """What a cache holds; it sets ``recently_used`` whenever it is used."""

    recently_used: bool

    def release(self) -> int:
        """Frees what can be loaded again; how much that was, in the unit of the cache's capacity.

        Raises OSError when that fails; nothing is freed then.
        """


class ClockCache:
    """Releases items that were not used recently when more than ``capacity`` is in use.

    The clock algorithm, not a strict LRU: a use only sets a flag, because every append and every
    read is a use.
    """

    __slots__ = ("_items", "capacity", "used")

    def __init__(self, capacity: int) -> None:
        self.capacity = capacity
        self.used = 0
        self._items: OrderedDict[Releasable, None] = OrderedDict()

    def add(self, item: Releasable, amount: int) -> None:
        """Adds ``item``, after making room for ``amount``."""
        # An item that was used is passed over once, and released in the second round.
        for _ in range(2 * len(self._items)):
            if self.used + amount <= self.capacity or not self._items:
                break
            candidate, _ = self._items.popitem(last=False)
            if not self._was_released(candidate):
                self._items[candidate] = None
        self._items[item] = None
        self.used += amount

    def _was_released(self, candidate: Releasable) -> bool:
        if candidate.recently_used:
            candidate.recently_used = False
            return False
        try:
            self.used -= candidate.release()
        except OSError:  # an index that could not be saved stays; the next flush tries again
            return False
        return True

    def grow(self, amount: int) -> None:
        """Notes that an item uses ``amount`` more."""
        self.used += amount

    def discard(self, item: Releasable, amount: int) -> None:
        """Notes that ``item``, which used ``amount``, has released itself."""
        if item in self._items:
            del self._items[item]
            self.used -= amount

    def __len__(self) -> int:
        return len(self._items)


class SegmentCaches:
    """The descriptors and the index entries of the segments of one log directory."""

    __slots__ = ("files", "indexes")

    def __init__(self, open_files: int) -> None:
        self.files = ClockCache(open_files)
        self.indexes = ClockCache(_INDEX_BYTES)
