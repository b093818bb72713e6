"""The store of a ``Log``'s batches, as a Protocol; ``LocalLog`` keeps them in segment files.

Kafka divides its UnifiedLog and LocalLog in the same way: the log checks batches, gives offsets,
and knows leader epochs and producers; the store keeps bytes under given offsets.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Protocol

from storage.cleanable import Cleanable
from storage.cleaning_job import Cleaned, Source
from storage.config import LogConfig
from storage.results import FetchData
from storage.transaction_index import AbortedTxn
from wire.records import RecordBatch
from wire.records.batch import Batch


class StoreFlush(Protocol):
    """Makes durable what a store held when the flush was prepared."""

    def run(self) -> None:
        """Returns when that is done; may be called on any thread. Raises OSError."""

    def complete(self) -> None:
        """Called after ``run`` has returned: what it covers counts as synced from now on."""


class BatchStore(Protocol):
    """Batches in the order of their offsets, in segments; any method may raise OSError.

    ``end_offset`` is the offset after the last batch, ``size_bytes`` counts the batches.
    """

    @property
    def end_offset(self) -> int: ...

    @property
    def size_bytes(self) -> int: ...

    def base_offsets(self) -> Sequence[int]:
        """The base offsets of the segments, ascending."""

    # -- writing ---------------------------------------------------------------------------------

    def should_roll(self, batch: RecordBatch, config: LogConfig, now_ms: int) -> bool:
        """Whether ``batch`` must go to a new segment."""

    def roll(self, base_offset: int, config: LogConfig, now_ms: int) -> None:
        """Starts a new segment, unless the last one is empty; its indexes keep the settings that
        ``config`` has now."""

    def append(self, batch: RecordBatch) -> None:
        """Adds a batch that has its offset. After an OSError the store is as it was before."""

    def add_aborted(self, txn: AbortedTxn) -> None:
        """Records a transaction whose abort marker was the last append; raises no OSError."""

    # -- reading ---------------------------------------------------------------------------------

    def read(self, offset: int, max_bytes: int, end_offset: int, min_one_batch: bool) -> FetchData:
        """See ``PartitionLog.read``; the offsets have been checked."""

    def is_on_older_segment(self, offset: int, end_offset: int) -> bool:
        """See ``PartitionLog.is_on_older_segment``."""

    def bound_of(self, found: FetchData) -> int:
        """See ``PartitionLog.bound_of``."""

    def batch_at(self, offset: int) -> int:
        """The base offset of the batch that holds ``offset``, or follows it."""

    def offset_for_timestamp(self, timestamp: int, start_offset: int) -> tuple[int, int] | None:
        """(offset, timestamp) of the first record from ``start_offset`` on with ``timestamp`` or a
        later one."""

    def offset_of_max_timestamp(self) -> tuple[int, int, int] | None:
        """See ``PartitionLog.offset_of_max_timestamp``."""

    def aborted_transactions(self, start_offset: int, end_offset: int) -> list[AbortedTxn]:
        """See ``PartitionLog.aborted_transactions``."""

    def replay(self, offset: int, add: Callable[[Batch], object]) -> None:
        """Gives every batch with a producer id from ``offset`` on to ``add``."""

    # -- deleting --------------------------------------------------------------------------------

    def truncate_to(self, offset: int, now_ms: int) -> None:
        """Drops the batches of ``offset`` and later; there is a segment that starts before it."""

    def truncate_fully_and_start_at(self, offset: int, config: LogConfig, now_ms: int) -> None:
        """Drops everything; the next batch has ``offset``."""

    def retention_offset(self, config: LogConfig, high_watermark: int, now_ms: int) -> int | None:
        """The segment boundary up to which the settings allow deletion; None where they do not."""

    def delete_before(self, offset: int) -> int:
        """Drops the segments that lie before ``offset`` as a whole; how many."""

    # -- cleaning --------------------------------------------------------------------------------

    def cleanable(
        self, config: LogConfig, first_dirty_offset: int, last_stable_offset: int, now_ms: int
    ) -> Cleanable | None:
        """What may be cleaned, and how much that is worth; None where there is nothing."""

    def cleaning_sources(self, end_offset: int) -> tuple[str, list[Source]]:
        """The folder, and the segments before ``end_offset``."""

    def stage(self, cleaned: Cleaned) -> None:
        """Makes the files of the cleaned segments complete: from now on a start after a crash swaps
        them in. May be called on any thread."""

    def discard_cleaned(self) -> None:
        """Removes the files of cleaned segments that were not swapped in."""

    def swap_in(self, cleaned: Cleaned, config: LogConfig, now_ms: int) -> bool:
        """Puts the cleaned segments in the place of those they were made from. False, and nothing
        is changed, where one of those has gone."""

    def sync_names(self) -> None:
        """Returns when the names of all files are on the disk; may be called on any thread."""

    def settle_swap(self) -> None:
        """Gives the segments that were swapped in their names. ``sync_names`` has returned since:
        a power failure must not bring back the old ones beside them."""

    # -- durability ------------------------------------------------------------------------------

    def prepare_flush(self, recovery_point: int, also: Sequence[str]) -> StoreFlush:
        """A flush of all that is not durable yet; everything before ``recovery_point`` is.
        ``also`` are paths of further files of the folder to sync."""

    @property
    def has_unsynced_changes(self) -> bool:
        """Whether segments were added, deleted or truncated since the last flush."""

    def close(self) -> None:
        """Called after a flush: also syncs what an open without recovery trusts."""

    def abandon(self) -> None:
        """Closes the files and frees memory without writing."""

    def problems(self) -> Iterator[str]:
        """The broken invariants of the batches and their indexes, in words."""
