"""The interface of storage: the log of one partition, and the store of all logs of a broker.

**Appended is not committed.** An append gives the batch its offsets; from then on it survives a
killed process. The high watermark, which the caller keeps, says how far clients may read and which
records are acknowledged. A flush moves ``recovery_point``: everything before it survives a power
failure.

Every method may raise ``LogDirFailed``: the operating system reported an error, or the store has
failed before. Its subclass ``DiskFull`` means that there was no room for a write; nothing of it was
kept, and it can be tried again. Calls block and read no clock: ``now_ms`` is passed in. They are
made from one thread, except where a method says otherwise.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Protocol

from storage.checkpoints import TopicPartition
from storage.cleanable import Cleanable
from storage.cleaning import Cleaning
from storage.config import LogConfig
from storage.errors import StorageError
from storage.flush import FlushPlan
from storage.meta_properties import MetaProperties
from storage.producer_state import ProducerState
from storage.results import AppendInfo, AppendOrigin, FetchData
from storage.transaction_index import AbortedTxn
from wire.records import RecordBatch
from wire.records.batch import Buffer


class PartitionLog(Protocol):
    """The records of one partition, in batches, by offset.

    ``name`` is "topic-partition". ``config`` may be replaced at any time. ``log_start_offset`` is
    the first offset that can be read, ``log_end_offset`` that of the next append; everything
    before ``recovery_point`` survives a power failure. ``size_bytes`` counts the batches,
    ``unflushed_bytes`` those that were appended and not flushed. ``lost_records`` is not 0 where a
    log that was opened ends before its recovery point: its files were damaged.
    """

    topic: str
    partition: int
    topic_id: bytes
    name: str
    config: LogConfig
    log_start_offset: int
    lost_records: int
    recovery_point: int
    unflushed_bytes: int

    @property
    def log_end_offset(self) -> int: ...

    @property
    def size_bytes(self) -> int: ...

    # -- appending -------------------------------------------------------------------------------

    def append(
        self,
        batch: RecordBatch,
        *,
        leader_epoch: int,
        now_ms: int,
        origin: AppendOrigin,
        transaction_version: int = 0,
    ) -> AppendInfo:
        """Appends as leader: checks ``batch`` as Kafka does, and gives it offsets and epoch.

        ``only_batch`` parses what a client sent. The header fields of ``batch`` are changed, also
        where the append is refused, so it cannot be appended again; its bytes are neither changed
        nor kept. ``transaction_version`` is that of a marker: from 2 on each transaction has an
        epoch of its own (KIP-890).

        Raises CorruptBatch, InvalidRecord, InvalidTimestamp, RecordTooLarge, RecordListTooLarge,
        UnknownCompression, OutOfOrderSequence, InvalidProducerEpoch, InvalidTxnState,
        TransactionCoordinatorFenced, and changes nothing then.
        """

    def append_as_follower(self, records: Buffer, now_ms: int) -> None:
        """Appends batches of a leader, which have their offsets and epochs already.

        Only form, checksum and order are checked; leader epochs, producer state and indexes are
        updated. Offsets may be missing between batches, as after compaction. An incomplete batch
        at the end of ``records`` is ignored.

        Raises CorruptBatch, OffsetsOutOfOrder, and changes nothing then. After a LogDirFailed some
        of the batches may have been appended; ``log_end_offset`` tells.
        """

    # -- reading ---------------------------------------------------------------------------------

    def read(
        self, offset: int, max_bytes: int, *, end_offset: int, min_one_batch: bool
    ) -> FetchData:
        """The records from ``offset`` on, before ``end_offset`` and of one segment only.

        Cut after ``max_bytes``, also in the middle of a batch, as in Kafka; with
        ``min_one_batch`` the first batch is always whole (KIP-74).

        Raises OffsetOutOfRange, and NotHereYet while the store still fetches the bytes: read again
        when the partition changes.
        """

    def is_on_older_segment(self, offset: int, end_offset: int) -> bool:
        """Whether a read from ``offset`` ends before ``end_offset``, because it ends with its
        segment."""

    def bound_of(self, found: FetchData) -> int:
        """An upper bound of the offsets that were read, as exact as the index allows."""

    # -- deleting --------------------------------------------------------------------------------

    def truncate_to(self, offset: int, now_ms: int) -> None:
        """Drops the records of ``offset`` and later."""

    def truncate_fully_and_start_at(self, offset: int, now_ms: int) -> None:
        """Drops everything; the next record gets ``offset``."""

    def delete_before(self, offset: int) -> None:
        """Moves the log's start to ``offset``, and drops the segments that lie before it.

        Raises OffsetOutOfRange beyond the log's end.
        """

    def apply_retention(self, now_ms: int, high_watermark: int) -> int:
        """Drops the segments that retention.ms and retention.bytes no longer keep; how many."""

    # -- cleaning --------------------------------------------------------------------------------

    def cleanable(self, high_watermark: int, now_ms: int) -> Cleanable | None:
        """What compaction may clean now; None where there is nothing."""

    def prepare_cleaning(self, found: Cleanable, most_keys: int, now_ms: int) -> Cleaning:
        """A cleaning of what ``cleanable`` has found, with a map of at most so many keys."""

    def swap_in(self, cleaning: Cleaning, now_ms: int) -> bool:
        """Puts the cleaned segments in their place, after ``cleaning.run()`` has returned. False
        where the log has changed meanwhile: then the cleaning is over.

        Raises CorruptBatch, and StorageError where the process that cleaned has died.
        """

    def complete_cleaning(self, cleaning: Cleaning) -> bool:
        """Called after ``cleaning.sync_names()`` has returned: what was cleaned is clean. False
        where nothing could be cleaned, as the first batch has too many keys."""

    def abandon_cleaning(self) -> None:
        """Forgets a cleaning that was run and not swapped in. After a stop its files would else be
        swapped in by the next start, though the log may have changed since."""

    # -- flush -----------------------------------------------------------------------------------

    def prepare_flush(self, *, snapshot: bool = False) -> FlushPlan | None:
        """The plan that makes everything appended so far durable; None when it is durable.

        With ``snapshot`` a recovery then reads nothing before the new recovery point.
        """

    def complete_flush(self, plan: FlushPlan) -> None:
        """Moves the recovery point, after ``plan.run()`` has returned. A plan that was made before
        a truncation is ignored."""

    # -- look-ups --------------------------------------------------------------------------------

    @property
    def latest_epoch(self) -> int | None:
        """The leader epoch of the last append."""

    def end_offset_for_epoch(self, epoch: int) -> tuple[int, int] | None:
        """(epoch, end offset) of the greatest epoch up to ``epoch``; None when it is unknown."""

    def epoch_for_offset(self, offset: int) -> int | None:
        """The leader epoch in which ``offset`` was appended, where known."""

    def last_stable_offset(self, high_watermark: int) -> int:
        """Up to where read_committed readers may read."""

    def aborted_transactions(self, start_offset: int, end_offset: int) -> list[AbortedTxn]:
        """The aborted transactions that concern a read_committed reader of this range."""

    def offset_for_timestamp(self, timestamp: int, end_offset: int) -> tuple[int, int] | None:
        """(offset, timestamp) of the first record with at least ``timestamp`` (ms).

        None when there is no such record before ``end_offset``.
        """

    def offset_of_max_timestamp(self) -> tuple[int, int, int] | None:
        """(offset, timestamp, leader epoch) of the first record that carries the greatest timestamp
        (KIP-734)."""

    # -- producers -------------------------------------------------------------------------------

    def has_transaction(self, producer_id: int, producer_epoch: int) -> bool:
        """Whether the producer has written here in its open transaction."""

    def is_epoch_over(self, producer_id: int, producer_epoch: int) -> bool:
        """Whether the producer is known here with a newer epoch."""

    def announce(
        self, producer_id: int, producer_epoch: int, sequence: int, starts_at_0: bool, now_ms: int
    ) -> None:
        """Notes that the coordinator is asked whether a batch with ``sequence`` may be written in
        the producer's transaction. Batches with later sequences are refused until that one is
        written (Kafka's VerificationStateEntry)."""

    def active_producers(self) -> Collection[ProducerState]:
        """The state of each producer, for DescribeProducers; not to be changed."""

    def expire_producers(self, now_ms: int, expiration_ms: int) -> None:
        """Forgets producers idle for producer.id.expiration.ms, but none with a transaction."""


class LogStore(Protocol):
    """The logs of one broker.

    ``path`` is the log directory as clients see it. ``meta`` says which node it belongs to.
    """

    path: str
    meta: MetaProperties | None

    # -- logs ------------------------------------------------------------------------------------

    def topic_partitions(self) -> Iterator[tuple[str, int, bytes | None]]:
        """(topic, partition, topic id) of each log there is; the id where it is known."""

    def open_log(
        self, topic: str, partition: int, topic_id: bytes, config: LogConfig, now_ms: int
    ) -> PartitionLog:
        """Opens the log, or creates it; recovers it when the last stop was not clean.

        Raises StorageError when it is open already.
        """

    def delete_log(self, log: PartitionLog) -> None:
        """Removes the log at once, and its files with the next ``purge()``. ``log`` must not be
        used afterwards; the results of earlier reads stay readable."""

    def set_aside(self, topic: str, partition: int) -> str:
        """Renames the folder of a log that belongs to no topic, and keeps it; its new name, which
        ends in ``-stray`` as in Kafka."""

    def purge(self) -> None:
        """Removes the files of deleted logs and segments; may be called on any thread.

        Raises StorageError with the first file that could not be removed. The others are removed
        all the same, and the next call tries that one again.
        """

    def volume_bytes(self) -> tuple[int, int]:
        """(size, usable free space) of the volume that holds the logs; -1 where unknown."""

    # -- durability ------------------------------------------------------------------------------

    def checkpoint_cleaning(self) -> None:
        """Writes how far the logs are cleaned to a file."""

    def checkpoint(self, high_watermarks: Mapping[TopicPartition, int]) -> None:
        """Writes recovery points, log start offsets and ``high_watermarks`` to files."""

    def close(self, high_watermarks: Mapping[TopicPartition, int], *, clean: bool) -> None:
        """Closes the logs and releases the lock.

        A clean close makes everything durable and leaves a file that says so: the next open needs
        no recovery. A failed store is never closed cleanly: nothing is written.
        """

    @property
    def failed(self) -> StorageError | None:
        """The error that made the store fail, or None. A failed store takes no appends, flushes or
        checkpoints any more."""

    def fail(self, error: StorageError) -> None:
        """Makes the store fail; may be called on any thread."""

    def when_failed(self, call: Callable[[StorageError], None]) -> None:
        """Calls ``call`` once when the store fails, in the thread that noticed it."""
