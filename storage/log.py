"""The log of one partition (Kafka's UnifiedLog): checks, offsets, leader epochs, producers."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator

from storage.cleanable import Cleanable
from storage.cleaning import Clean, Cleaning
from storage.cleaning_job import Cleaned, CleaningJob, LastRecord
from storage.config import LogConfig
from storage.errors import (
    OffsetOutOfRange,
    OffsetsOutOfOrder,
    RecordListTooLarge,
    StorageError,
)
from storage.flush import FlushPlan
from storage.log_dir_status import LogDirStatus, fails_log_dir, tolerates_full_disk
from storage.producer_state import NO_PRODUCERS, ProducerState, ProducerStates
from storage.recovery import LogState, reload_producers
from storage.results import AppendInfo, AppendOrigin, FetchData
from storage.transaction_index import AbortedTxn
from storage.validator import validate
from wire.records import RecordBatch, TimestampType
from wire.records.batch import LOG_OVERHEAD, NO_PRODUCER_ID, Buffer, batch_size

_CREATE_TIME = TimestampType.CREATE_TIME

# After so many bytes the next flush also writes a producer snapshot, to bound what is replayed.
_SNAPSHOT_INTERVAL_BYTES = 16 << 20


class Log:
    """A ``PartitionLog`` over a ``BatchStore``; made by ``LogDir.open_log``.

    ``offsets_lowered`` is called when the recovery point or the log's start may have moved back,
    before anything changes on disk that the checkpointed ones contradict.
    """

    __slots__ = (
        "_clean", "_epochs", "_epochs_durable_version", "_flushed_bytes", "_generation",
        "_offsets_lowered", "_producers", "_snapshots", "_snapshots_durable_version", "_status",
        "_store", "_unsnapshotted_bytes",
        "config", "first_dirty_offset", "log_start_offset", "lost_records", "name", "partition",
        "recovery_point", "topic", "topic_id", "unflushed_bytes",
    )  # fmt: skip

    def __init__(
        self,
        topic: str,
        partition: int,
        topic_id: bytes,
        config: LogConfig,
        state: LogState,
        status: LogDirStatus,
        offsets_lowered: Callable[[Log], None],
        clean: Clean,
    ) -> None:
        self.topic = topic
        self.partition = partition
        self.topic_id = topic_id
        self.name = f"{topic}-{partition}"
        self.config = config
        self.log_start_offset = state.log_start_offset
        self.recovery_point = state.recovery_point
        self.unflushed_bytes = self.lost_records = 0
        self.first_dirty_offset: int | None = None
        self._store = state.store
        self._epochs = state.epochs
        self._producers = NO_PRODUCERS if state.producers.is_empty else state.producers
        self._snapshots = state.snapshots
        self._status = status
        self._offsets_lowered = offsets_lowered
        self._clean = clean
        self._flushed_bytes = 0  # since the log was opened
        self._unsnapshotted_bytes = 0
        self._generation = 0  # of truncations: a flush that began before one is ignored
        self._epochs_durable_version = self._snapshots_durable_version = 0

    @property
    def log_end_offset(self) -> int:
        return self._store.end_offset

    @property
    def size_bytes(self) -> int:
        return self._store.size_bytes

    # -- append ----------------------------------------------------------------------------------

    def append(
        self,
        batch: RecordBatch,
        *,
        leader_epoch: int,
        now_ms: int,
        origin: AppendOrigin,
        transaction_version: int = 0,
    ) -> AppendInfo:
        if self._status.failed is not None:
            self._status.check()
        config = self.config
        batch = validate(batch, config, origin, now_ms, self.name)
        if batch.batch_length + LOG_OVERHEAD > config.segment_bytes:
            raise RecordListTooLarge(f"{batch.size} bytes in segments of {config.segment_bytes}")
        batch.base_offset = base_offset = self._store.end_offset
        batch.partition_leader_epoch = leader_epoch
        if batch.producer_id > NO_PRODUCER_ID:
            duplicate = self._producers.check(batch, origin, transaction_version)
            if duplicate is not None:
                return AppendInfo(
                    duplicate.first_offset,
                    duplicate.last_offset,
                    duplicate.timestamp,
                    duplicate.timestamp,
                    self.log_start_offset,
                    batch.record_count,
                    True,
                )
        self._write(batch, now_ms)
        append_time = -1 if config.message_timestamp_type is _CREATE_TIME else batch.max_timestamp
        return AppendInfo(
            base_offset,
            base_offset + batch.last_offset_delta,
            batch.max_timestamp,
            append_time,
            self.log_start_offset,
            batch.record_count,
            False,
        )

    def append_as_follower(self, records: Buffer, now_ms: int) -> None:
        self._status.check()
        # All are checked before the first is written.
        for batch in list(self._batches_to_follow(records)):
            self._write(batch, now_ms)

    def _batches_to_follow(self, records: Buffer) -> Iterator[RecordBatch]:
        view = memoryview(records)
        position = 0
        next_offset = self._store.end_offset
        while (size := batch_size(view, position)) is not None:
            batch = RecordBatch(view[position : position + size])
            batch.verify_crc()
            if not next_offset <= batch.base_offset <= batch.last_offset:
                raise OffsetsOutOfOrder(
                    f"a batch of offsets {batch.base_offset} to {batch.last_offset} "
                    f"comes to {self.name} when {next_offset} is next"
                )
            yield batch
            next_offset = batch.next_offset
            position += size

    def _write(self, batch: RecordBatch, now_ms: int) -> None:
        store, config = self._store, self.config
        try:
            if store.should_roll(batch, config, now_ms):
                self._roll(store.end_offset, now_ms)
            # Nothing may fail after the batch is in the file, so the epoch is written first: an
            # epoch without records does no harm.
            if batch.partition_leader_epoch != self._epochs.latest:
                self._epochs.assign(batch.partition_leader_epoch, batch.base_offset)
            store.append(batch)
        except OSError as error:
            raise self._status.refusal(f"appending to {self.name}", error) from error
        size = batch.batch_length + LOG_OVERHEAD
        self.unflushed_bytes += size
        self._unsnapshotted_bytes += size
        if batch.producer_id > NO_PRODUCER_ID:
            aborted = self._own_producers().replay(batch)
            if aborted is not None:
                store.add_aborted(aborted)

    @fails_log_dir
    def roll(self, now_ms: int) -> None:
        """Starts a new segment at the log's end, unless the active one is empty."""
        self._roll(self._store.end_offset, now_ms)

    def _roll(self, base_offset: int, now_ms: int) -> None:
        bases = self._store.base_offsets()
        if bases and bases[-1] < self._store.end_offset:
            self._snapshot_producers()
        self._store.roll(base_offset, self.config, now_ms)

    def _snapshot_producers(self) -> None:
        self._snapshots.take(self._producers, self._store.end_offset, self._store.base_offsets())
        self._unsnapshotted_bytes = 0

    # -- read ------------------------------------------------------------------------------------

    def read(
        self, offset: int, max_bytes: int, *, end_offset: int, min_one_batch: bool
    ) -> FetchData:
        store = self._store
        if not self.log_start_offset <= offset <= store.end_offset:
            raise OffsetOutOfRange(
                f"offset {offset} of {self.name} is not within "
                f"{self.log_start_offset} to {store.end_offset}"
            )
        if offset >= end_offset:
            return FetchData(offset, None, False)
        try:
            return store.read(offset, max_bytes, end_offset, min_one_batch)
        except OSError as error:
            raise self._status.refusal(f"reading from {self.name}", error) from error

    def is_on_older_segment(self, offset: int, end_offset: int) -> bool:
        return self._store.is_on_older_segment(offset, end_offset)

    @fails_log_dir
    def bound_of(self, found: FetchData) -> int:
        return self._store.bound_of(found)

    # -- deleting --------------------------------------------------------------------------------

    @fails_log_dir
    def truncate_to(self, offset: int, now_ms: int) -> None:
        self._status.check()
        if offset >= self._store.end_offset:
            return
        bases = self._store.base_offsets()
        if not bases or bases[0] > offset:
            self.truncate_fully_and_start_at(offset, now_ms)
            return
        self._before_truncation(offset, min(self.log_start_offset, offset))
        self._store.truncate_to(offset, now_ms)
        self._epochs.truncate_from_end(offset)
        self._producers = ProducerStates()
        reload_producers(self._producers, self._snapshots, self._store, self.log_start_offset)
        self.unflushed_bytes = min(self.unflushed_bytes, self._store.size_bytes)

    @fails_log_dir
    def truncate_fully_and_start_at(self, offset: int, now_ms: int) -> None:
        self._status.check()
        self._before_truncation(offset, offset)
        self._store.truncate_fully_and_start_at(offset, self.config, now_ms)
        self._epochs.clear()
        self._producers = NO_PRODUCERS
        self._snapshots.remove_after(-1)
        self.unflushed_bytes = 0

    def _before_truncation(self, end_offset: int, log_start_offset: int) -> None:
        """Recovery must check what a power failure leaves of a truncation."""
        self._generation += 1
        self.recovery_point = min(self.recovery_point, end_offset)
        self.log_start_offset = log_start_offset
        if self.first_dirty_offset is not None:
            self.first_dirty_offset = min(self.first_dirty_offset, end_offset)
        self._offsets_lowered(self)

    @fails_log_dir
    def delete_before(self, offset: int) -> None:
        self._status.check()
        if offset > self._store.end_offset:
            raise OffsetOutOfRange(f"offset {offset} of {self.name} > {self._store.end_offset}")
        self._delete_before(offset)

    @fails_log_dir
    def apply_retention(self, now_ms: int, high_watermark: int) -> int:
        self._status.check()
        offset = self._store.retention_offset(self.config, high_watermark, now_ms)
        if offset is None:
            return 0
        if offset == self._store.end_offset:  # an empty segment must keep the end offset
            self.roll(now_ms)
        return self._delete_before(offset)

    def _delete_before(self, offset: int) -> int:
        if offset > self.log_start_offset:
            self._epochs.truncate_from_start(offset)
            self.log_start_offset = offset
        count = self._store.delete_before(offset)
        self._snapshots.prune(self._store.base_offsets())
        return count

    # -- flush -----------------------------------------------------------------------------------

    @fails_log_dir
    def prepare_flush(self, *, snapshot: bool = False) -> FlushPlan | None:
        self._status.check()
        store = self._store
        if self.recovery_point >= store.end_offset and not store.has_unsynced_changes:
            return None
        if snapshot or self._unsnapshotted_bytes >= _SNAPSHOT_INTERVAL_BYTES:
            with tolerates_full_disk():  # then the next recovery has more to replay
                self._snapshot_producers()
        return FlushPlan(
            self.name,
            self._status,
            store.prepare_flush(self.recovery_point, list(self._unsynced_paths())),
            store.end_offset,
            self._flushed_bytes + self.unflushed_bytes,
            self._generation,
            self._epochs.version,
            self._snapshots.version,
        )

    def _unsynced_paths(self) -> Iterator[str]:
        if self._epochs.version != self._epochs_durable_version and self._epochs.entries:
            yield self._epochs.path
        snapshot = self._snapshots.latest_path
        if self._snapshots.version != self._snapshots_durable_version and snapshot is not None:
            yield snapshot

    def complete_flush(self, plan: FlushPlan) -> None:
        if plan.generation != self._generation:
            return
        plan.store_flush.complete()
        self._epochs_durable_version = max(self._epochs_durable_version, plan.epochs_version)
        self._snapshots_durable_version = max(
            self._snapshots_durable_version, plan.snapshots_version
        )
        self.recovery_point = max(self.recovery_point, plan.end_offset)
        # Another plan that was made later may have been completed before.
        newly_flushed_bytes = max(0, plan.flushed_bytes - self._flushed_bytes)
        self._flushed_bytes += newly_flushed_bytes
        self.unflushed_bytes -= newly_flushed_bytes

    @fails_log_dir
    def close(self) -> None:
        """Makes everything durable, indexes and producer snapshot too; nothing must follow."""
        self._snapshot_producers()
        plan = self.prepare_flush()
        if plan is not None:
            plan.run()
            self.complete_flush(plan)
        self._store.close()

    def abandon(self, why: str) -> None:
        """Closes the files without writing, as if the process had been killed; appends fail from
        then on."""
        self._status = LogDirStatus(StorageError(why))
        self._store.abandon()

    # -- cleaning --------------------------------------------------------------------------------

    @fails_log_dir
    def cleanable(self, high_watermark: int, now_ms: int) -> Cleanable | None:
        first = self.first_dirty_offset
        if first is None or not self.log_start_offset <= first <= self._store.end_offset:
            first = self.log_start_offset
        stable = self.last_stable_offset(high_watermark)
        return self._store.cleanable(self.config, first, stable, now_ms)

    @fails_log_dir
    def prepare_cleaning(self, found: Cleanable, most_keys: int, now_ms: int) -> Cleaning:
        self._status.check()
        folder, sources = self._store.cleaning_sources(found.end_offset)
        job = CleaningJob(
            folder,
            sources,
            found.first_dirty_offset,
            found.end_offset,
            self._store.aborted_transactions(sources[0].base_offset, found.end_offset),
            {
                state.producer_id: LastRecord(
                    state.batches[-1].last_offset if state.batches else -1, state.producer_epoch
                )
                for state in self._producers.producers.values()
            },
            self.config,
            now_ms,
            most_keys,
        )
        flush = self.prepare_flush() if self.recovery_point < found.end_offset else None
        return Cleaning(self._store, job, self._clean, flush, self._generation)

    @fails_log_dir
    def swap_in(self, cleaning: Cleaning, now_ms: int) -> bool:
        cleaned = cleaning.cleaned
        if cleaned is not None and cleaning.flush is not None:
            self.complete_flush(cleaning.flush)
        is_wanted = (
            cleaning.generation == self._generation and "compact" in self.config.cleanup_policy
        )
        if cleaned is not None and is_wanted and self._swap_in(cleaned, now_ms):
            self._snapshots.prune(self._store.base_offsets())
            return True
        self._store.discard_cleaned()
        # A segment that was deleted meanwhile is no failure.
        if cleaning.error is not None and not isinstance(cleaning.error, FileNotFoundError):
            raise cleaning.error
        return False

    def _swap_in(self, cleaned: Cleaned, now_ms: int) -> bool:
        try:
            return self._store.swap_in(cleaned, self.config, now_ms)
        except OSError as error:
            raise self._status.failure(f"swapping segments of {self.name}", error) from error

    def complete_cleaning(self, cleaning: Cleaning) -> bool:
        try:
            if cleaning.error is not None:
                raise cleaning.error
            self._store.settle_swap()
        except OSError as error:  # the next start finishes the swap
            raise self._status.failure(f"swapping segments of {self.name}", error) from error
        assert cleaning.cleaned is not None
        self.first_dirty_offset = cleaning.cleaned.end_offset
        return bool(cleaning.cleaned.groups)

    @fails_log_dir
    def abandon_cleaning(self) -> None:
        self._store.discard_cleaned()

    # -- look-ups --------------------------------------------------------------------------------

    @property
    def starts_within_segment(self) -> bool:
        """Whether the log starts behind the base offset of its first segment."""
        return self.log_start_offset > next(iter(self._store.base_offsets()), 0)

    @property
    def latest_epoch(self) -> int | None:
        return self._epochs.latest

    def end_offset_for_epoch(self, epoch: int) -> tuple[int, int] | None:
        return self._epochs.end_offset_for(epoch, self._store.end_offset)

    def epoch_for_offset(self, offset: int) -> int | None:
        return self._epochs.epoch_for(offset)

    def last_stable_offset(self, high_watermark: int) -> int:
        unstable = self._producers.first_unstable_offset(high_watermark)
        if unstable is None:
            return high_watermark
        if unstable < self.log_start_offset:  # its first records were deleted
            unstable = self._first_batch()
        return min(unstable, high_watermark)

    @fails_log_dir
    def _first_batch(self) -> int:
        return self._store.batch_at(self.log_start_offset)

    @fails_log_dir
    def aborted_transactions(self, start_offset: int, end_offset: int) -> list[AbortedTxn]:
        return self._store.aborted_transactions(start_offset, end_offset)

    @fails_log_dir
    def offset_for_timestamp(self, timestamp: int, end_offset: int) -> tuple[int, int] | None:
        found = self._store.offset_for_timestamp(timestamp, self.log_start_offset)
        return found if found is not None and found[0] < end_offset else None

    @fails_log_dir
    def offset_of_max_timestamp(self) -> tuple[int, int, int] | None:
        return self._store.offset_of_max_timestamp()

    # -- producers -------------------------------------------------------------------------------

    def _own_producers(self) -> ProducerStates:
        """Those to be changed."""
        if self._producers is NO_PRODUCERS:
            self._producers = ProducerStates()
        return self._producers

    def has_transaction(self, producer_id: int, producer_epoch: int) -> bool:
        state = self._producers.producers.get(producer_id)
        return (
            state is not None
            and state.current_txn_first_offset >= 0
            and state.producer_epoch == producer_epoch
        )

    def is_epoch_over(self, producer_id: int, producer_epoch: int) -> bool:
        state = self._producers.producers.get(producer_id)
        return state is not None and producer_epoch < state.producer_epoch

    def announce(
        self, producer_id: int, producer_epoch: int, sequence: int, starts_at_0: bool, now_ms: int
    ) -> None:
        self._own_producers().announce(producer_id, producer_epoch, sequence, starts_at_0, now_ms)

    def active_producers(self) -> Collection[ProducerState]:
        return self._producers.producers.values()

    def expire_producers(self, now_ms: int, expiration_ms: int) -> None:
        self._producers.expire(now_ms, expiration_ms)

    # -- check -----------------------------------------------------------------------------------

    def problems(self) -> list[str]:
        """The broken invariants, in words; empty when there are none."""
        found = [*self._store.problems(), *self._problems_of_offsets()]
        return [f"{self.name}: {problem}" for problem in found]

    def _problems_of_offsets(self) -> Iterator[str]:
        end_offset = self._store.end_offset
        if not next(iter(self._store.base_offsets()), 0) <= self.log_start_offset <= end_offset:
            yield f"the log starts at {self.log_start_offset} and ends at {end_offset}"
        if self.recovery_point > end_offset:
            yield f"the recovery point is {self.recovery_point}"
        previous_epoch, previous_start = -1, self.log_start_offset - 1
        for epoch, start_offset in self._epochs.entries:
            if epoch <= previous_epoch or not previous_start < start_offset <= end_offset:
                yield f"leader epoch {epoch} starts at {start_offset}"
            previous_epoch, previous_start = epoch, start_offset
        for producer in self._producers.producers.values():
            if producer.batches and producer.batches[-1].last_offset >= end_offset:
                yield f"producer {producer.producer_id} wrote {producer.batches[-1].last_offset}"
