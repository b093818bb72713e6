"""The log of one partition: append, read, truncate, and the questions that clients ask of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from storage import timestamps
from storage.config import LogConfig
from storage.errors import (
    LogDirFailed,
    OffsetOutOfRange,
    RecordListTooLarge,
    fails_log_dir,
)
from storage.filesystem import Filesystem
from storage.flush import FlushPlan
from storage.leader_epochs import LeaderEpochs
from storage.open_segments import OpenSegments
from storage.producer_snapshots import ProducerSnapshots
from storage.producer_state import ProducerStates
from storage.reader import LogReader
from storage.recovery import note_batch, reload_producers
from storage.results import AppendInfo, AppendOrigin, FetchData
from storage.retention import segments_to_drop
from storage.segment import LogSegment
from storage.segments import LogSegments
from storage.transaction_index import AbortedTxn
from storage.validator import only_batch, validate
from wire.records import RecordBatch, TimestampType
from wire.records.batch import (
    HEADER_SIZE,
    LOG_OVERHEAD,
    NO_PRODUCER_ID,
    Buffer,
)

_CREATE_TIME = TimestampType.CREATE_TIME

_NEVER = 0x7FFFFFFFFFFFFFFF

# After so many bytes the next flush also writes a producer snapshot, to bound what is replayed.
_SNAPSHOT_INTERVAL_BYTES = 16 << 20


class Log:
    """A partition's records in segment files; made by ``LogDir.open_log``.

    ``log_start_offset``, ``log_end_offset`` (the next offset to be given) and ``recovery_point``
    (everything before it survives a power failure) are offsets; ``size_bytes`` counts the .log
    files, ``unflushed_bytes`` what was appended since the last completed flush.

    Any method may raise LogDirFailed when the file system fails.
    """

    __slots__ = (
        "_active_at_flush",
        "_generation",
        "_has_new_segment",
        "_open_segments",
        "_reader",
        "_unsnapshotted_bytes",
        "condemned",
        "config",
        "epochs",
        "filesystem",
        "folder",
        "log_end_offset",
        "log_start_offset",
        "name",
        "partition",
        "producers",
        "recovery_point",
        "segments",
        "size_bytes",
        "snapshots",
        "topic",
        "topic_id",
        "unflushed_bytes",
    )

    def __init__(
        self,
        folder: str,
        topic: str,
        partition: int,
        topic_id: bytes,
        config: LogConfig,
        filesystem: Filesystem,
        open_segments: OpenSegments,
        condemned: list[str],
    ) -> None:
        self.folder = folder
        self.topic = topic
        self.partition = partition
        self.topic_id = topic_id
        self.name = f"{topic}-{partition}"
        self.config = config
        self.condemned = condemned  # files to unlink later; the log directory's own list
        self.producers = ProducerStates()
        self.log_start_offset = self.log_end_offset = self.recovery_point = 0
        self.size_bytes = self.unflushed_bytes = 0
        self.filesystem = filesystem
        self._open_segments = open_segments
        self.segments = LogSegments()
        self.epochs = LeaderEpochs(filesystem, f"{folder}/leader-epoch-checkpoint")
        self.snapshots = ProducerSnapshots(filesystem, folder)
        self._reader = LogReader(self.segments)
        self._unsnapshotted_bytes = 0
        self._active_at_flush = _NEVER  # base offset of the segment that was active then
        self._has_new_segment = False  # since the last flush
        self._generation = 0  # changes with every truncation: a flush begun before it is void

    # -- append ----------------------------------------------------------------------------------

    def append(
        self,
        records: Buffer,
        *,
        leader_epoch: int,
        now_ms: int,
        origin: AppendOrigin,
        transaction_version: int = 0,
    ) -> AppendInfo:
        """Appends one batch and gives it offsets; ``records`` is left as it is.

        ``transaction_version`` is a marker's, which has an epoch of its own since 2 (KIP-890).

        Raises CorruptBatch, InvalidRecord, InvalidTimestamp, RecordTooLarge, RecordListTooLarge,
        OutOfOrderSequence, InvalidProducerEpoch, InvalidTxnState, TransactionCoordinatorFenced,
        and changes nothing then.
        """
        config = self.config
        batch = only_batch(records)
        batch = validate(batch, config, origin, now_ms, self.name)
        if batch.batch_length + LOG_OVERHEAD > config.segment_bytes:
            raise RecordListTooLarge(f"{batch.size} bytes in segments of {config.segment_bytes}")
        batch.base_offset = base_offset = self.log_end_offset
        batch.partition_leader_epoch = leader_epoch
        if batch.producer_id > NO_PRODUCER_ID:
            duplicate = self.producers.check(batch, origin, transaction_version)
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
        try:
            self._write(batch, now_ms)
        except OSError as error:
            raise LogDirFailed(f"appending to {self.name}: {error}") from error
        append_time = -1 if config.message_timestamp_type is _CREATE_TIME else batch.max_timestamp
        return AppendInfo(
            base_offset,
            self.log_end_offset - 1,
            batch.max_timestamp,
            append_time,
            self.log_start_offset,
            batch.record_count,
            False,
        )

    def _write(self, batch: RecordBatch, now_ms: int) -> None:
        config = self.config
        size = batch.batch_length + LOG_OVERHEAD
        last_offset = batch.base_offset + batch.last_offset_delta
        max_timestamp = batch.max_timestamp
        segment = self.segments.active
        if segment is None or segment.should_roll(config, size, last_offset, max_timestamp, now_ms):
            segment = self.roll(now_ms)
        # Nothing may fail once the batch is in the file, so this comes first: an epoch without
        # records does no harm.
        if batch.partition_leader_epoch != self.epochs.latest:
            self.epochs.assign(batch.partition_leader_epoch, batch.base_offset)
        # The body goes to the file from where it lies; only the header is new.
        buffers = (batch.packed_header(), batch.buffer[HEADER_SIZE:size])
        segment.append(buffers, size, last_offset, max_timestamp, config.index_interval_bytes)
        self.log_end_offset = last_offset + 1
        self.size_bytes += size
        self.unflushed_bytes += size
        self._unsnapshotted_bytes += size
        if batch.producer_id > NO_PRODUCER_ID:
            note_batch(self.producers, batch, segment)

    @fails_log_dir
    def roll(self, now_ms: int) -> LogSegment:
        """Starts a new segment at the log's end; the active one, when that is empty."""
        active = self.segments.active
        if active is not None:
            if active.size == 0:
                return active
            active.become_inactive()
            self._snapshot_producers()
        return self._start_segment(self.log_end_offset, now_ms)

    def _start_segment(self, base_offset: int, now_ms: int) -> LogSegment:
        segment = self.new_segment(base_offset, now_ms)
        segment.create()
        self.segments.add(segment)
        self._has_new_segment = True
        self._reader.forget()
        return segment

    def new_segment(self, base_offset: int, now_ms: int) -> LogSegment:
        """A segment of this log, without files and not yet among its segments."""
        return LogSegment(self.folder, base_offset, self.filesystem, self._open_segments, now_ms)

    def _snapshot_producers(self) -> None:
        kept = {segment.base_offset for segment in self.segments}
        self.snapshots.take(self.producers, self.log_end_offset, kept)
        self._unsnapshotted_bytes = 0

    # -- read ------------------------------------------------------------------------------------

    def read(
        self, offset: int, max_bytes: int, *, end_offset: int, min_one_batch: bool
    ) -> FetchData:
        """The records from ``offset`` on, before ``end_offset`` and of one segment only.

        Cut after ``max_bytes``, in the middle of a batch if need be, as Kafka does; but
        ``min_one_batch`` lets the first batch through whole (KIP-74).

        Raises OffsetOutOfRange.
        """
        if not self.log_start_offset <= offset <= self.log_end_offset:
            raise OffsetOutOfRange(
                f"offset {offset} of {self.name} is not within "
                f"{self.log_start_offset} to {self.log_end_offset}"
            )
        if offset >= end_offset:
            return FetchData(offset, None, False)
        try:
            return self._reader.read(
                offset, max_bytes, end_offset, self.log_end_offset, min_one_batch
            )
        except OSError as error:
            raise LogDirFailed(f"reading from {self.name}: {error}") from error

    def is_on_older_segment(self, offset: int, end_offset: int) -> bool:
        """Whether a read from ``offset`` on cannot get to ``end_offset``, as it ends with its
        segment."""
        return self._reader.is_on_older_segment(offset, end_offset)

    # -- cutting ---------------------------------------------------------------------------------

    @fails_log_dir
    def truncate_to(self, offset: int, now_ms: int) -> None:
        """Drops the records of ``offset`` and later."""
        if offset >= self.log_end_offset:
            return
        first = self.segments.first
        if first is None or first.base_offset > offset:
            self.truncate_fully_and_start_at(offset, now_ms)
            return
        self.condemn_segments(self.segments.pop_from(offset + 1))
        active = self.segments.active
        assert active is not None
        active.truncate_to(offset, now_ms)
        self.log_end_offset = offset
        self.log_start_offset = min(self.log_start_offset, offset)
        self.epochs.truncate_from_end(offset)
        reload_producers(self)
        self._after_truncation()

    @fails_log_dir
    def truncate_fully_and_start_at(self, offset: int, now_ms: int) -> None:
        """Drops everything; the next record gets ``offset``."""
        self.condemn_segments(self.segments.pop_from(0))
        self.log_start_offset = self.log_end_offset = offset
        self.epochs.clear()
        self.producers.clear()
        self.snapshots.remove_after(-1)
        self._start_segment(offset, now_ms)  # its name keeps the offset
        self._after_truncation()

    def _after_truncation(self) -> None:
        self.recovery_point = min(self.recovery_point, self.log_end_offset)
        self.size_bytes = sum(segment.size for segment in self.segments)
        self.unflushed_bytes = min(self.unflushed_bytes, self.size_bytes)
        self._reader.forget()
        self._generation += 1

    @fails_log_dir
    def delete_before(self, offset: int) -> None:
        """Moves the log's start to ``offset``, and drops the segments that lie before it.

        Raises OffsetOutOfRange beyond the log's end.
        """
        if offset > self.log_end_offset:
            raise OffsetOutOfRange(f"offset {offset} of {self.name} > {self.log_end_offset}")
        if offset <= self.log_start_offset:
            return
        self.log_start_offset = offset
        self.epochs.truncate_from_start(offset)
        bases = [segment.base_offset for segment in self.segments]
        self._drop_oldest(sum(1 for base in bases[1:] if base <= offset))

    @fails_log_dir
    def apply_retention(self, now_ms: int, high_watermark: int) -> int:
        """Drops the segments that retention.ms and retention.bytes allow to drop; how many."""
        count = segments_to_drop(
            list(self.segments), self.config, self.log_end_offset, high_watermark, now_ms
        )
        if count == 0:
            return 0
        if count == len(self.segments):
            self.roll(now_ms)
        self._drop_oldest(count)
        oldest = self.segments.first
        if oldest is not None and oldest.base_offset > self.log_start_offset:
            self.log_start_offset = oldest.base_offset
            self.epochs.truncate_from_start(oldest.base_offset)
        return count

    def _drop_oldest(self, count: int) -> None:
        self.condemn_segments(self.segments.pop_first(count))
        self.snapshots.prune({segment.base_offset for segment in self.segments})
        self.size_bytes = sum(segment.size for segment in self.segments)

    def condemn_segments(self, segments: Iterable[LogSegment]) -> None:
        """Renames the files of segments that were taken out, to be unlinked later."""
        for segment in segments:
            segment.abandon()
            for path in segment.paths():
                if self.filesystem.exists(path):
                    self.filesystem.rename(path, path + ".deleted")
                    self.condemned.append(path + ".deleted")

    # -- flush -----------------------------------------------------------------------------------

    @fails_log_dir
    def prepare_flush(self, *, snapshot: bool = False) -> FlushPlan | None:
        """What to sync to make everything appended so far durable; None when there is nothing.

        With ``snapshot`` recovery then has nothing to read before the new recovery point.
        """
        if self.recovery_point >= self.log_end_offset:
            return None
        if snapshot or self._unsnapshotted_bytes >= _SNAPSHOT_INTERVAL_BYTES:
            self._snapshot_producers()
        files = [segment.file() for segment in self.segments.since(self.recovery_point)]
        derived = list(self._derived_files_to_sync())
        files += [self.filesystem.open(path) for path in derived]
        folders: tuple[str, ...] = ()
        if derived or self._has_new_segment:
            folders = self.folder, self.folder.rpartition("/")[0]
            self._has_new_segment = False
        return FlushPlan(
            self.filesystem,
            folders,
            files,
            self.log_end_offset,
            self.unflushed_bytes,
            self._generation,
        )

    def _derived_files_to_sync(self) -> Iterator[str]:
        """What recovery will believe before the new recovery point.

        It rebuilds the active segment's indexes where they are wrong, but no older segment's.
        """
        active = self.segments.active
        for segment in self.segments.since(min(self.recovery_point, self._active_at_flush)):
            segment.save_indexes()
            segment.transaction_index.save()
            if segment is not active:
                yield from segment.index_paths()
            if self.filesystem.exists(segment.transaction_index.path):
                yield segment.transaction_index.path
        self._active_at_flush = self.log_end_offset if active is None else active.base_offset
        if self.epochs.unsynced:
            self.epochs.unsynced = False
            yield self.epochs.path
        if self.snapshots.unsynced and self.snapshots.latest_path is not None:
            self.snapshots.unsynced = False
            yield self.snapshots.latest_path

    @fails_log_dir
    def complete_flush(self, plan: FlushPlan) -> None:
        """Takes note that ``plan.run()`` has returned: moves the recovery point."""
        if plan.generation != self._generation:
            return
        self.recovery_point = max(self.recovery_point, plan.end_offset)
        self.unflushed_bytes -= plan.flushed_bytes

    @fails_log_dir
    def close(self) -> None:
        """Makes everything durable, indexes and producer snapshot too; nothing must follow."""
        self._snapshot_producers()
        plan = self.prepare_flush()
        if plan is not None:
            plan.run()
            self.complete_flush(plan)
        for segment in self.segments:
            segment.close()
        if plan is not None and self.segments.active is not None:
            for path in self.segments.active.index_paths():
                self.filesystem.open(path).sync()

    def abandon(self) -> None:
        """Gives up descriptors and writes nothing, as a killed process would."""
        for segment in self.segments:
            segment.abandon()

    # -- questions -------------------------------------------------------------------------------

    @property
    def starts_within_segment(self) -> bool:
        """Whether the start offset is more than the name of the first segment says."""
        first = self.segments.first
        return self.log_start_offset > (0 if first is None else first.base_offset)

    @property
    def latest_epoch(self) -> int | None:
        """The leader epoch of the last append."""
        return self.epochs.latest

    def end_offset_for_epoch(self, epoch: int) -> tuple[int, int] | None:
        """(epoch, end offset) of the greatest epoch up to ``epoch``; None when it is unknown."""
        return self.epochs.end_offset_for(epoch, self.log_end_offset)

    def epoch_for_offset(self, offset: int) -> int | None:
        """The leader epoch in which ``offset`` was appended, where known."""
        return self.epochs.epoch_for(offset)

    def last_stable_offset(self, high_watermark: int) -> int:
        """Up to where read_committed readers may read."""
        unstable = self.producers.first_unstable_offset(high_watermark)
        if unstable is None:
            return high_watermark
        if unstable < self.log_start_offset:  # its first records were deleted
            unstable = self._reader.batch_at(self.log_start_offset, self.log_end_offset)
        return min(unstable, high_watermark)

    @fails_log_dir
    def aborted_transactions(self, start_offset: int, end_offset: int) -> list[AbortedTxn]:
        """The aborted transactions that concern a read_committed reader of this range."""
        found = []
        for segment in self.segments.since(start_offset):
            for txn in segment.transaction_index:
                if txn.last_offset >= start_offset and txn.first_offset < end_offset:
                    found.append(txn)
                if txn.last_stable_offset >= end_offset:
                    return found
        return found

    def bound_of(self, found: FetchData) -> int:
        """An offset that what was read does not go beyond, as near as the index tells."""
        return self._reader.bound_of(found, self.log_end_offset)

    @fails_log_dir
    def offset_for_timestamp(self, timestamp: int, end_offset: int) -> tuple[int, int] | None:
        """(offset, timestamp) of the first record with at least ``timestamp`` (ms).

        None when there is no such record before ``end_offset``.
        """
        found = timestamps.first_at_or_after(self.segments, timestamp, self.log_start_offset)
        return found if found is not None and found[0] < end_offset else None

    @fails_log_dir
    def offset_of_max_timestamp(self) -> tuple[int, int, int] | None:
        """(offset, timestamp, leader epoch) of the first record that carries the greatest timestamp
        (KIP-734)."""
        return timestamps.first_with_max(self.segments)

    def expire_producers(self, now_ms: int, expiration_ms: int) -> None:
        """Forgets producers idle for producer.id.expiration.ms, but none with a transaction."""
        self.producers.expire(now_ms, expiration_ms)
