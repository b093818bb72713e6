"""All that the broker knows of storage: the log of a partition, and the store that has the logs.

**Appended is not committed.** An append returns when the batch has its offsets and a process that
is killed does not lose it. How far clients may read, and when a record is acknowledged, is told by
the high watermark, and the caller keeps that. The part of the store in it is the flush: everything
before ``recovery_point`` survives a power failure.

What these methods raise, beside what is named with them: ``LogDirFailed`` when the operating system
failed a call, or the store has failed before; ``DiskFull``, one of those, when a write found no
room, of which nothing was kept, so that it can be tried again. Blocking calls, no clock: ``now_ms``
is passed in. All belong to one thread, but for those that say otherwise.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Protocol

from storage.checkpoints import TopicPartition
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
    the first offset that can be read, ``log_end_offset`` the next one to be given; everything
    before ``recovery_point`` survives a power failure. ``size_bytes`` counts the batches,
    ``unflushed_bytes`` what was appended and not flushed.
    """

    topic: str
    partition: int
    topic_id: bytes
    name: str
    config: LogConfig
    log_start_offset: int
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

        ``only_batch`` makes a batch of what a client sent. Its header object is changed and used
        up, whatever the outcome; its bytes are left as they are, and are not kept.
        ``transaction_version`` is that of a marker, which since 2 has an epoch of its own
        (KIP-890).

        Raises CorruptBatch, InvalidRecord, InvalidTimestamp, RecordTooLarge, RecordListTooLarge,
        UnknownCompression, OutOfOrderSequence, InvalidProducerEpoch, InvalidTxnState,
        TransactionCoordinatorFenced, and changes nothing then.
        """

    def append_as_follower(self, records: Buffer, now_ms: int) -> None:
        """Appends batches of a leader, which have their offsets and epochs already.

        Only form, checksum and order are checked; leader epochs, producer state and indexes
        follow. Offsets may be missing between batches, as compaction leaves them. What is left at
        the end of ``records`` and is no whole batch is ignored.

        Raises CorruptBatch, OffsetsOutOfOrder, and changes nothing then. After a LogDirFailed some
        of the batches may have been appended; ``log_end_offset`` tells.
        """

    # -- reading ---------------------------------------------------------------------------------

    def read(
        self, offset: int, max_bytes: int, *, end_offset: int, min_one_batch: bool
    ) -> FetchData:
        """The records from ``offset`` on, before ``end_offset`` and of one segment only.

        Cut after ``max_bytes``, in the middle of a batch if need be, as Kafka does; but
        ``min_one_batch`` lets the first batch through whole (KIP-74).

        Raises OffsetOutOfRange; NotHereYet while the bytes are being brought: whoever reads tries
        again when the partition changes.
        """

    def is_on_older_segment(self, offset: int, end_offset: int) -> bool:
        """Whether a read from ``offset`` on cannot get to ``end_offset``, as it ends with its
        segment."""

    def bound_of(self, found: FetchData) -> int:
        """An offset that what was read does not go beyond, as near as the index tells."""

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
        """Drops the segments that retention.ms and retention.bytes allow to drop; how many."""

    # -- flush -----------------------------------------------------------------------------------

    def prepare_flush(self, *, snapshot: bool = False) -> FlushPlan | None:
        """What is to be done to make everything appended so far durable; None when it is.

        With ``snapshot`` recovery then has nothing to read before the new recovery point.
        """

    def complete_flush(self, plan: FlushPlan) -> None:
        """Takes note that ``plan.run()`` has returned: moves the recovery point. A plan that a
        truncation has made void is ignored."""

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
        """The coordinator is asked whether a batch with ``sequence`` may be written in the
        producer's transaction: no later one may overtake it (Kafka's VerificationStateEntry)."""

    def active_producers(self) -> Collection[ProducerState]:
        """What is known of each producer, for DescribeProducers; not to be changed."""

    def expire_producers(self, now_ms: int, expiration_ms: int) -> None:
        """Forgets producers idle for producer.id.expiration.ms, but none with a transaction."""


class LogStore(Protocol):
    """The logs of one broker.

    ``path`` is what clients are told as the log directory. ``meta`` tells whose it is.
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
        """Takes the log out of sight at once; ``purge()`` removes its files. Nothing can be done
        with ``log`` afterwards, except that what was read of it can be read on."""

    def set_aside(self, topic: str, partition: int) -> str:
        """Takes a log that no topic claims out of the way, and keeps it; its new name, which ends
        as Kafka's names for such folders do."""

    def purge(self) -> None:
        """Removes the files of what was deleted; may be called on any thread.

        Raises StorageError, which names the first file that could not be removed; it is tried
        again by the next call, and the others are gone.
        """

    def volume_bytes(self) -> tuple[int, int]:
        """(size, room for us) of what the logs are kept on; -1 where nobody knows."""

    # -- durability ------------------------------------------------------------------------------

    def checkpoint(self, high_watermarks: Mapping[TopicPartition, int]) -> None:
        """Writes down recovery points, log start offsets and ``high_watermarks``."""

    def close(self, high_watermarks: Mapping[TopicPartition, int], *, clean: bool) -> None:
        """Closes the logs and gives up the store.

        A clean close makes everything durable and says so, so that the next open need not look.
        A store that has failed is never closed cleanly: nothing is written.
        """

    @property
    def failed(self) -> StorageError | None:
        """The error after which the store cannot be relied on: nothing can be appended, flushed or
        checkpointed any more. None as long as all is well."""

    def fail(self, error: StorageError) -> None:
        """Makes the store fail; may be called on any thread."""

    def when_failed(self, call: Callable[[StorageError], None]) -> None:
        """Calls ``call`` once when the store fails, in the thread that found out."""
