"""The .txnindex file of a segment: aborted transactions, in the order of their markers.

Entries are 34 bytes: version i16 (0), producer id, first offset, last offset (the marker's) and
last stable offset, all i64. The file exists only when a transaction was aborted.
"""

from __future__ import annotations

from collections.abc import Iterator
from struct import Struct

from storage.filesystem import Filesystem

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
    """Reads and appends to the file directly: it is small, and needed seldom."""

    __slots__ = ("_filesystem", "path")

    def __init__(self, filesystem: Filesystem, path: str) -> None:
        self._filesystem = filesystem
        self.path = path

    def append(self, txn: AbortedTxn) -> None:
        file = self._filesystem.open(self.path)
        entry = _ENTRY.pack(
            0, txn.producer_id, txn.first_offset, txn.last_offset, txn.last_stable_offset
        )
        # A torn entry of an earlier failure is overwritten.
        file.write(file.size() // _ENTRY.size * _ENTRY.size, (entry,))

    def __iter__(self) -> Iterator[AbortedTxn]:
        try:
            data = self._filesystem.read(self.path)
        except FileNotFoundError:
            return
        whole = memoryview(data)[: len(data) // _ENTRY.size * _ENTRY.size]
        for _, producer_id, first_offset, last_offset, stable in _ENTRY.iter_unpack(whole):
            yield AbortedTxn(producer_id, first_offset, last_offset, stable)

    def truncate_to(self, offset: int) -> None:
        """Drops the transactions whose marker is at ``offset`` or later."""
        kept = sum(1 for txn in self if txn.last_offset < offset)
        if self._filesystem.exists(self.path):
            self._filesystem.open(self.path).truncate(kept * _ENTRY.size)
