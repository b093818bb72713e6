"""Which transactions compaction is in the middle of (Kafka's CleanedTransactionMetadata).

Markers stay until all records of their transaction are gone. Batches are passed in the order of the
log.
"""

from __future__ import annotations

from collections.abc import Iterable

from storage.transaction_index import AbortedTxn
from wire.records.batch import Batch, BatchHeader
from wire.records.control import ControlRecordType, control_record_type


class CleanedTransactions:
    """``aborted`` are those of the part of the log that is read."""

    __slots__ = ("_aborted", "_committed", "_has_batches", "_to_come")

    def __init__(self, aborted: Iterable[AbortedTxn]) -> None:
        # By first offset, the next one last.
        self._to_come = sorted(aborted, key=lambda txn: txn.first_offset, reverse=True)
        self._aborted: dict[int, AbortedTxn] = {}  # producer id → its transaction that is open here
        self._has_batches: set[int] = set()  # those of ``_aborted`` that have batches here
        self._committed: set[int] = set()  # producer ids with batches that were not aborted

    def on(self, batch: Batch) -> tuple[bool, AbortedTxn | None]:
        """(whether the batch is of an aborted transaction, or for a marker whether nothing of its
        transaction is left; the aborted transaction that the marker must stay for)."""
        return self.on_marker(batch) if batch.is_control else (self.on_batch(batch), None)

    def on_batch(self, batch: BatchHeader) -> bool:
        """Whether the batch, which has no marker, belongs to an aborted transaction."""
        self._open(batch.last_offset)
        if not batch.is_transactional:
            return False
        if batch.producer_id in self._aborted:
            self._has_batches.add(batch.producer_id)
            return True
        self._committed.add(batch.producer_id)
        return False

    def on_marker(self, batch: Batch) -> tuple[bool, AbortedTxn | None]:
        """(whether nothing of the marker's transaction was passed, its aborted transaction where
        some was: the index must keep that)."""
        self._open(batch.last_offset)
        record = next(iter(batch), None)
        if record is None:
            return True, None  # cleaned before
        kind, producer_id = control_record_type(record), batch.producer_id
        if kind is ControlRecordType.ABORT:
            txn = self._aborted.pop(producer_id, None)
            if txn is None or producer_id not in self._has_batches:
                return True, None
            self._has_batches.remove(producer_id)
            return False, txn
        if kind is ControlRecordType.COMMIT:
            is_empty = producer_id not in self._committed
            self._committed.discard(producer_id)
            return is_empty, None
        return False, None

    def _open(self, offset: int) -> None:
        while self._to_come and self._to_come[-1].first_offset <= offset:
            txn = self._to_come.pop()
            self._aborted.setdefault(txn.producer_id, txn)
