"""The .timeindex file of a segment: greatest timestamp so far → offset of its batch, sparse.

Entries are twelve bytes: the timestamp in ms, i64, and the offset relative to the segment's base,
i32. An entry (t, o) says that no batch up to o carries a timestamp greater than t.
"""

from __future__ import annotations

from bisect import bisect_right
from struct import Struct
from typing import ClassVar

from storage.sparse_index import SparseIndex

_ENTRY = Struct(">qi")


class TimeIndex(SparseIndex):
    """Finds the offset at which to start looking for a timestamp, and the greatest one."""

    __slots__ = ()

    entry_size: ClassVar[int] = _ENTRY.size
    suffix: ClassVar[str] = ".timeindex"

    def maybe_append(self, timestamp: int, offset: int) -> None:
        """Adds an entry, if its timestamp is greater than the last one's."""
        if timestamp > self.last_entry()[0]:
            self._append_entry(_ENTRY.pack(timestamp, offset - self.base_offset))

    def entry(self, slot: int) -> tuple[int, int]:
        """(timestamp, offset) of an entry."""
        timestamp, relative_offset = _ENTRY.unpack_from(self.entries(), slot * _ENTRY.size)
        return timestamp, self.base_offset + relative_offset

    def last_entry(self) -> tuple[int, int]:
        """(timestamp, offset) of the last entry; (-1, base offset) when there is none."""
        count = self.entry_count()
        return self.entry(count - 1) if count else (-1, self.base_offset)

    def lookup(self, timestamp: int) -> int:
        """An offset at or before the first batch with ``timestamp`` or a later one."""
        entries = self.entries()
        unpack, size = _ENTRY.unpack_from, _ENTRY.size
        slot = bisect_right(
            range(len(entries) // size), timestamp, key=lambda slot: unpack(entries, slot * size)[0]
        )
        return self.entry(slot - 1)[1] if slot else self.base_offset

    def truncate_to(self, offset: int) -> None:
        """Drops the entries of ``offset`` and later."""
        count = self.entry_count()
        while count and self.entry(count - 1)[1] >= offset:
            count -= 1
        self._truncate_entries(count)

    def is_sound(self) -> bool:
        """Whether timestamps and offsets ascend. A first entry of zeros counts as damage by a power
        failure, not as a record of 1970."""
        previous_timestamp, previous_offset = 0, -1
        for timestamp, relative_offset in _ENTRY.iter_unpack(self.entries()):
            if timestamp <= previous_timestamp or relative_offset < previous_offset:
                return False
            previous_timestamp, previous_offset = timestamp, relative_offset
        return True
