"""The .index file of a segment: offset → position of the batch that ends with it, sparse.

Entries are eight bytes: the offset relative to the segment's base, and the position, both i32.
"""

from __future__ import annotations

from bisect import bisect_right
from struct import Struct
from typing import ClassVar

from storage.sparse_index import SparseIndex

_ENTRY = Struct(">ii")
_WARM_BYTES = 8192  # of the newest entries, where Kafka looks first


class OffsetIndex(SparseIndex):
    """Finds the position at which to start looking for an offset."""

    __slots__ = ()

    entry_size: ClassVar[int] = _ENTRY.size
    suffix: ClassVar[str] = ".index"

    def append(self, offset: int, position: int) -> None:
        self._append_entry(_ENTRY.pack(offset - self.base_offset, position))

    def entry(self, slot: int) -> tuple[int, int]:
        """(offset, position) of an entry."""
        relative_offset, position = _ENTRY.unpack_from(self.entries(), slot * _ENTRY.size)
        return self.base_offset + relative_offset, position

    def lookup(self, offset: int) -> int:
        """Position of a batch at or before the one that holds ``offset``; 0 at worst."""
        slot = self._slot_after(offset)
        return self.entry(slot - 1)[1] if slot else 0

    def offset_behind(self, position: int) -> int | None:
        """The offset of the first entry after ``position``, None where there is none.

        An entry at ``position`` itself counts where Kafka's binary search meets it. That shows in
        answers, so the search is Kafka's (smallestUpperBoundSlotFor).
        """
        last = self.entry_count() - 1
        if last < 0:
            return None
        first_warm = max(0, last - _WARM_BYTES // _ENTRY.size)
        low, high = 0, first_warm
        if self.entry(first_warm)[1] < position:
            low, high = first_warm, last
        elif self.entry(0)[1] > position:
            return self.entry(0)[0]
        while low < high:
            middle = (low + high + 1) // 2
            offset, found = self.entry(middle)
            if found == position:
                return offset
            low, high = (low, middle - 1) if found > position else (middle, high)
        return None if low == last else self.entry(low + 1)[0]

    def truncate_to(self, offset: int) -> None:
        """Drops the entries of ``offset`` and later."""
        self._truncate_entries(self._slot_after(offset - 1))

    def _slot_after(self, offset: int) -> int:
        entries = self.entries()
        unpack, size = _ENTRY.unpack_from, _ENTRY.size
        return bisect_right(
            range(len(entries) // size),
            offset - self.base_offset,
            key=lambda slot: unpack(entries, slot * size)[0],
        )

    def last_position(self) -> int:
        """Position that the last entry gives; 0 when there is none."""
        count = self.entry_count()
        return self.entry(count - 1)[1] if count else 0

    def last_offset(self) -> int:
        """Offset that the last entry gives; the one before the segment when there is none."""
        count = self.entry_count()
        return self.entry(count - 1)[0] if count else self.base_offset - 1

    def is_sound(self, log_bytes: int) -> bool:
        """Whether offsets and positions ascend, and lie within the segment."""
        previous_offset, previous_position = -1, 0
        for relative_offset, position in _ENTRY.iter_unpack(self.entries()):
            if relative_offset <= previous_offset or not previous_position < position < log_bytes:
                return False
            previous_offset, previous_position = relative_offset, position
        return True
