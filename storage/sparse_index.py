"""The common base of offset and time index: entries in memory, saved in bulk.

Kafka maps its index files into memory. Here the entries of a segment are in memory while it is
used, and no file stays open for them. Indexes are derived data: what a crash loses is rebuilt from
the log.
"""

from __future__ import annotations

from typing import ClassVar

from storage.clock_cache import ClockCache
from storage.filesystem import Filesystem, write_fully
from storage.segment_name import SegmentName

_OVERHEAD_BYTES = 200  # what an index without entries takes in memory


class SparseIndex:
    """Fixed-size entries in ascending order; their file is read when they are first needed."""

    __slots__ = (
        "_cache", "_entries", "_filesystem", "_is_synced", "_name", "_saved_bytes",
        "base_offset", "recently_used",
    )  # fmt: skip

    entry_size: ClassVar[int]
    suffix: ClassVar[str]

    def __init__(
        self, filesystem: Filesystem, name: SegmentName, base_offset: int, cache: ClockCache
    ) -> None:
        self._filesystem = filesystem
        self._cache = cache
        self._name = name
        self.base_offset = base_offset
        self.recently_used = False
        self._entries: bytearray | None = None
        self._saved_bytes = 0
        self._is_synced = True  # whether nothing was written to the file since ``sync()``

    @property
    def path(self) -> str:
        return self._name.path(self.suffix)

    def entries(self) -> bytearray:
        """All entries, in the format of the file."""
        self.recently_used = True
        entries = self._entries
        return self._load() if entries is None else entries

    def _load(self) -> bytearray:
        try:
            data = bytearray(self._filesystem.read(self.path))
        except FileNotFoundError:
            data = bytearray()
        del data[len(data) - len(data) % self.entry_size :]
        self._saved_bytes = len(data)
        self._cache.add(self, _OVERHEAD_BYTES + len(data))
        self._entries = data
        return data

    def entry_count(self) -> int:
        return len(self.entries()) // self.entry_size

    def _append_entry(self, entry: bytes) -> None:
        self.entries().extend(entry)
        self._cache.grow(self.entry_size)

    def _truncate_entries(self, count: int) -> None:
        entries = self.entries()
        size = count * self.entry_size
        if size < len(entries):
            self._cache.grow(size - len(entries))
            del entries[size:]
        if size < self._saved_bytes:
            self._truncate_file(size)

    def _truncate_file(self, size: int) -> None:
        self._is_synced = False
        self._filesystem.open(self.path).truncate(size)
        self._saved_bytes = size

    def clear(self) -> None:
        """Drops all entries without reading them: the file may be damaged."""
        self.abandon()
        self._truncate_file(0)

    def save(self) -> None:
        """Writes the entries that the file does not have yet.

        Raises OSError; the entries are still in memory then.
        """
        if self._entries is not None and len(self._entries) > self._saved_bytes:
            self._is_synced = False
            file = self._filesystem.open(self.path)
            write_fully(file, self._saved_bytes, memoryview(self._entries)[self._saved_bytes :])
            file.truncate(len(self._entries))
            self._saved_bytes = len(self._entries)

    def create(self) -> None:
        """Creates an empty file where there is none: Kafka expects one for every segment."""
        self._filesystem.open(self.path)

    def sync(self) -> None:
        """Returns once what was saved is on the disk."""
        if not self._is_synced:
            self._filesystem.open(self.path).sync()
            self._is_synced = True

    def release(self) -> int:
        """Saves the entries and frees their memory."""
        self.save()
        return self._drop()

    def close(self) -> None:
        """Saves the entries and frees their memory; called by the segment, not by the cache."""
        self.save()
        self.abandon()

    def abandon(self) -> None:
        """Frees the memory of the entries without writing."""
        if self._entries is not None:
            self._cache.discard(self, self._drop())

    def _drop(self) -> int:
        used = _OVERHEAD_BYTES + len(self._entries or ())
        self._entries = None
        return used
