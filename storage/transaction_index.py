"""The .txnindex file of a segment: aborted transactions, in the order of their markers.

Entries are 34 bytes: version i16 (0), producer id, first offset, last offset (the marker's) and
last stable offset, all i64. The file exists only when a transaction was aborted.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from struct import Struct

from storage.filesystem import Filesystem, write_fully
from storage.segment_name import SegmentName

_ENTRY = Struct(">hqqqq")


class AbortedTxn:
    """An aborted transaction: read_committed readers skip its producer's records within it."""

    __slots__ = ("first_offset", "last_offset", "last_stable_offset", "producer_id")

    def __init__(
        self, producer_id: int, first_offset: int, last_offset: int, last_stable_offset: int
    ) -> None:
        self.producer_id = producer_id
        self.first_offset = first_offset
        self.last_offset = last_offset
        self.last_stable_offset = last_stable_offset


class TransactionIndex:
    """Reads and writes the file directly: it is small and seldom needed."""

    __slots__ = ("_filesystem", "_name", "_unsaved")

    def __init__(self, filesystem: Filesystem, name: SegmentName) -> None:
        self._filesystem = filesystem
        self._unsaved: tuple[AbortedTxn, ...] = ()
        self._name = name

    @property
    def path(self) -> str:
        return self._name.path(".txnindex")

    def append(self, txn: AbortedTxn) -> None:
        """Adds a transaction whose marker is in the log already, so this must not fail: an entry
        that cannot be written now is written with the next one, or by the next flush."""
        self._unsaved += (txn,)
        with suppress(OSError):
            self.save()

    def save(self) -> None:
        """Writes the entries that are not in the file yet. Raises OSError."""
        if not self._unsaved:
            return
        file = self._filesystem.open(self.path)
        entries = b"".join(
            _ENTRY.pack(
                0, txn.producer_id, txn.first_offset, txn.last_offset, txn.last_stable_offset
            )
            for txn in self._unsaved
        )
        # Overwrites an entry that an earlier failure left torn.
        position = file.size() // _ENTRY.size * _ENTRY.size
        try:
            write_fully(file, position, entries)
        except OSError:
            file.truncate(position)
            raise
        self._unsaved = ()

    def __iter__(self) -> Iterator[AbortedTxn]:
        try:
            data = self._filesystem.read(self.path)
        except FileNotFoundError:
            data = b""
        whole = memoryview(data)[: len(data) // _ENTRY.size * _ENTRY.size]
        for _, producer_id, first_offset, last_offset, stable in _ENTRY.iter_unpack(whole):
            yield AbortedTxn(producer_id, first_offset, last_offset, stable)
        yield from self._unsaved

    def truncate_to(self, offset: int) -> None:
        """Drops the transactions whose marker is at ``offset`` or later, and damaged entries."""
        self.save()
        kept, previous = 0, -1
        for txn in self:
            if txn.first_offset >= txn.last_offset or not previous < txn.last_offset < offset:
                break
            kept, previous = kept + 1, txn.last_offset
        if self._filesystem.exists(self.path):
            self._filesystem.open(self.path).truncate(kept * _ENTRY.size)
