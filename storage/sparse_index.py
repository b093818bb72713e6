"""What the offset and the time index of a segment share: entries in memory, saved in bulk.

Kafka maps its index files into memory. Here the entries of a segment are in memory only while the
segment is open, and no descriptor stays open for them. They are derived data: what a crash loses
is rebuilt from the log.
"""

from __future__ import annotations

from storage.filesystem import Filesystem


class SparseIndex:
    """Fixed-size entries in ascending order, mirrored by a file that is read when first needed."""

    __slots__ = ("_entries", "_filesystem", "_saved_bytes", "base_offset", "path")

    entry_size: int

    def __init__(self, filesystem: Filesystem, path: str, base_offset: int) -> None:
        self._filesystem = filesystem
        self.path = path
        self.base_offset = base_offset
        self._entries: bytearray | None = None
        self._saved_bytes = 0

    def entries(self) -> bytearray:
        """All entries, as they stand in the file."""
        if self._entries is None:
            self._entries = self._load()
        return self._entries

    def _load(self) -> bytearray:
        try:
            data = bytearray(self._filesystem.read(self.path))
        except FileNotFoundError:
            data = bytearray()
        del data[len(data) - len(data) % self.entry_size :]
        self._saved_bytes = len(data)
        return data

    def entry_count(self) -> int:
        return len(self.entries()) // self.entry_size

    def _truncate_entries(self, count: int) -> None:
        entries = self.entries()
        size = count * self.entry_size
        if size < len(entries):
            del entries[size:]
        if size < self._saved_bytes:
            self._filesystem.open(self.path).truncate(size)
            self._saved_bytes = size

    def clear(self) -> None:
        """Drops all entries, unread: the file may hold anything."""
        self._entries = bytearray()
        self._filesystem.open(self.path).truncate(0)
        self._saved_bytes = 0

    def save(self) -> None:
        """Writes the entries that the file does not have yet."""
        if self._entries is not None and len(self._entries) > self._saved_bytes:
            file = self._filesystem.open(self.path)
            file.write(self._saved_bytes, (memoryview(self._entries)[self._saved_bytes :],))
            file.truncate(len(self._entries))
            self._saved_bytes = len(self._entries)

    def create(self) -> None:
        """Makes an empty file where there is none: Kafka wants one beside every segment."""
        self._filesystem.open(self.path)

    def unload(self) -> None:
        """Saves the entries and frees their memory."""
        self.save()
        self._entries = None
