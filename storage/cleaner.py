"""What compaction keeps: the newest record of each key (Kafka's Cleaner, MemoryRecords.filterTo).

A cleaning reads the dirty segments of a log, notes the newest offset of each key, and writes the
segments from the log's start on anew, without the records that later ones replace. Offsets never
change. It knows nothing of the log but its files, so it runs in a process of its own; the log swaps
the result in afterwards (``LocalLog.swap_in``).
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence

from storage.cleaned_transactions import CleanedTransactions
from storage.cleaning_job import Cleaned, CleanedGroup, CleaningJob, Source
from storage.clock_cache import SegmentCaches
from storage.config import LogConfig
from storage.filesystem import Filesystem
from storage.offset_map import OffsetMap
from storage.segment import MAX_RELATIVE_OFFSET, LogSegment
from storage.segment_name import CLEANED_SUFFIX
from wire.records.batch import (
    LOG_OVERHEAD,
    Batch,
    BatchHeader,
    RecordBatch,
    batch_size,
    parse_batch,
)
from wire.records.builder import BatchBuilder, emptied, encoded_fields
from wire.records.keys import KeyedRecord, keyed_records

_CHUNK_BYTES = 1 << 20
_OPEN_FILES = 8


def clean(
    job: CleaningJob, filesystem: Filesystem, pause: Callable[[int], None] = lambda _bytes: None
) -> Cleaned:
    """Writes the cleaned segments beside the old ones, and syncs them. ``pause`` is told how many
    bytes were read or written. Raises OSError, CorruptBatch."""
    return _Cleaning(job, filesystem, pause).run()


class _Cleaning:
    def __init__(
        self, job: CleaningJob, filesystem: Filesystem, pause: Callable[[int], None]
    ) -> None:
        self._job = job
        self._filesystem = filesystem
        self._pause = pause
        self._newest = OffsetMap(job.most_keys, job.first_dirty_offset, job.end_offset)
        self._caches = SegmentCaches(_OPEN_FILES)

    def run(self) -> Cleaned:
        self._note_newest()
        end_offset = self._newest.latest_offset + 1
        transactions = CleanedTransactions(self._job.aborted)
        sources = [source for source in self._job.sources if source.base_offset < end_offset]
        if not sources:  # the first batch alone has more keys than allowed
            return Cleaned([], self._job.first_dirty_offset)
        groups = grouped(sources, self._job.config, self._job.end_offset)
        return Cleaned(list(self._clean_groups(groups, transactions)), end_offset)

    def _clean_groups(
        self, groups: Sequence[Sequence[Source]], transactions: CleanedTransactions
    ) -> Iterator[CleanedGroup]:
        """A group of which nothing is left goes together with the next one: to recovery, an empty
        segment before others is one that has lost its batches."""
        emptied_bases: list[int] = []
        for group in groups:
            bases = [*emptied_bases, *(source.base_offset for source in group)]
            is_far = self._job.end_offset - bases[0] > MAX_RELATIVE_OFFSET
            keeps = is_far or group is groups[-1]
            size = self._clean_group(bases[0], group, transactions, keeps=keeps)
            if size:
                yield CleanedGroup(bases, size)
                bases = []
            emptied_bases = bases

    # -- the newest offset of each key -----------------------------------------------------------

    def _note_newest(self) -> None:
        """Of the dirty records. Where there are more keys than allowed, the rest stays dirty."""
        job, newest = self._job, self._newest
        bases = [source.base_offset for source in job.sources]
        dirty = job.sources[max(bisect_right(bases, job.first_dirty_offset) - 1, 0) :]
        start = dirty[0].base_offset  # transactions whose markers lie before it are over
        transactions = CleanedTransactions(txn for txn in job.aborted if txn.last_offset >= start)
        ends = [source.base_offset for source in dirty[1:]] + [job.end_offset]
        for source, end in zip(dirty, ends, strict=True):
            for batch in self._batches(source):
                if batch.is_control:
                    transactions.on_marker(batch)
                elif not transactions.on_batch(batch) and not self._note_batch(batch):
                    return
                if batch.last_offset >= job.first_dirty_offset:
                    newest.latest_offset = max(newest.latest_offset, batch.last_offset)
            # Offsets may be missing up to the next segment.
            newest.latest_offset = max(newest.latest_offset, end - 1)

    def _note_batch(self, batch: Batch) -> bool:
        """False where the map is full."""
        newest = self._newest
        for record in _records(batch):
            if record.key is not None and record.offset >= self._job.first_dirty_offset:
                if newest.is_full:
                    return False
                newest.put(record.key, record.offset)
        return True

    # -- the segments written anew ---------------------------------------------------------------

    def _clean_group(
        self,
        base_offset: int,
        group: Sequence[Source],
        transactions: CleanedTransactions,
        *,
        keeps: bool,
    ) -> int:
        """The size of the segment that was made of the group. It is not empty if it ``keeps``."""
        target = self._segment(base_offset, CLEANED_SUFFIX)
        batch: Batch | None = None
        for path in target.paths():
            if self._filesystem.exists(path):  # of a cleaning that was not finished
                self._filesystem.remove(path)
        target.create()
        # Each file of the old segment is replaced by one, so that none of them can be left over.
        self._filesystem.open(target.transaction_index.path)
        for source in group:
            for batch in self._batches(source):
                batch.verify_crc()  # what is written anew gets a new checksum
                is_over, aborted = transactions.on(batch)
                if aborted is not None:
                    target.transaction_index.append(aborted)
                kept = self._kept(batch, is_over, source)
                if kept is not None:
                    self._write(target, kept)
        if keeps and not target.size and batch is not None:
            self._write(target, RecordBatch(emptied(batch)))
        target.become_inactive()
        target.transaction_index.save()
        for path in target.paths():
            self._filesystem.open(path).sync()
        target.close()
        self._filesystem.set_modified_ms(target.path, group[-1].modified_ms)
        return target.size

    def _write(self, target: LogSegment, kept: RecordBatch) -> None:
        target.append((kept.buffer,), kept.size, kept.last_offset, kept.max_timestamp)
        self._pause(kept.size)

    def _kept(self, batch: Batch, is_over: bool, source: Source) -> RecordBatch | None:
        """What of a batch is written. ``is_over``: its transaction was aborted, or for a marker,
        nothing of its transaction is left."""
        horizon_ms, now_ms = batch.delete_horizon_ms, self._job.now_ms
        if batch.is_control:
            discards = is_over and horizon_ms is not None and horizon_ms <= now_ms
        else:
            discards = is_over
        keeps_empty = self._is_last_of_producer(batch) or batch.next_offset == self._job.end_offset
        if discards:
            return RecordBatch(emptied(batch)) if keeps_empty else None
        records = list(_records(batch))
        kept = records if batch.is_control else self._newest_of(records, batch, source)
        if not kept:
            return RecordBatch(emptied(batch)) if keeps_empty else None
        is_marker_to_go = is_over and batch.is_control
        needs_horizon = horizon_ms is None and (
            is_marker_to_go or not all(record.has_value for record in kept)
        )
        if needs_horizon:
            horizon_ms = now_ms + self._job.config.delete_retention_ms
        elif len(kept) == len(records) and isinstance(batch, RecordBatch):
            return batch
        return _rebuilt(batch, kept, horizon_ms)

    def _is_last_of_producer(self, batch: BatchHeader) -> bool:
        """Its sequence, or for a marker its epoch, is what is known of the producer."""
        last = self._job.last_records.get(batch.producer_id)
        if last is None or not batch.has_producer_id:
            return False
        if last.data_offset >= 0:
            return batch.last_offset == last.data_offset
        return batch.is_control and batch.producer_epoch == last.producer_epoch

    def _newest_of(
        self, records: Sequence[KeyedRecord], batch: Batch, source: Source
    ) -> list[KeyedRecord]:
        newest = self._newest
        if batch.magic >= 2:
            horizon_ms = batch.delete_horizon_ms
            keeps_tombstones = horizon_ms is None or self._job.now_ms < horizon_ms
        else:
            keeps_tombstones = source.modified_ms > self._old_delete_horizon_ms
        latest_offset = newest.latest_offset
        return [
            record
            for record in records
            if record.offset > latest_offset
            or (
                record.key is not None
                and (record.has_value or keeps_tombstones)
                and record.offset >= newest.get(record.key)
            )
        ]

    @property
    def _old_delete_horizon_ms(self) -> int:
        """For tombstones before format v2, which have no horizon of their own."""
        job = self._job
        clean = [one for one in job.sources if one.base_offset < job.first_dirty_offset]
        return clean[-1].modified_ms - job.config.delete_retention_ms if clean else 0

    # -- files -----------------------------------------------------------------------------------

    def _segment(self, base_offset: int, suffix: str = "") -> LogSegment:
        job = self._job
        return LogSegment(
            job.folder, base_offset, self._filesystem, self._caches, job.config, job.now_ms, suffix
        )

    def _batches(self, source: Source) -> Iterator[Batch]:
        file = self._filesystem.open(self._segment(source.base_offset).path)
        position, wanted = 0, _CHUNK_BYTES
        while position < source.size:
            chunk = memoryview(file.read(position, min(wanted, source.size - position)))
            self._pause(len(chunk))
            start = 0
            while (size := batch_size(chunk, start)) is not None:
                yield parse_batch(chunk[start : start + size])
                start += size
            position += start
            # A batch larger than the chunk is read at once.
            wanted = _CHUNK_BYTES if start else LOG_OVERHEAD + int.from_bytes(chunk[8:LOG_OVERHEAD])
        file.close()


def grouped(sources: Sequence[Source], config: LogConfig, end_offset: int) -> list[list[Source]]:
    """The segments in groups of which each becomes one segment (Kafka's groupSegmentsBySize).

    The last offset of a segment is taken to be that before the next one, or before ``end_offset``.
    """
    last_offsets = [source.base_offset - 1 for source in sources[1:]] + [end_offset - 1]
    groups: list[list[Source]] = []
    size = index_bytes = time_index_bytes = 0  # of the last group
    for source, last_offset in zip(sources, last_offsets, strict=True):
        size += source.size
        index_bytes += source.index_bytes
        time_index_bytes += source.time_index_bytes
        if (
            groups
            and size <= config.segment_bytes
            and max(index_bytes, time_index_bytes) <= config.segment_index_bytes
            and (not source.size or last_offset - groups[-1][0].base_offset <= MAX_RELATIVE_OFFSET)
        ):
            groups[-1].append(source)
        else:
            groups.append([source])
            size, index_bytes = source.size, source.index_bytes
            time_index_bytes = source.time_index_bytes
    return groups


def _records(batch: Batch) -> Iterator[KeyedRecord]:
    if isinstance(batch, RecordBatch):
        yield from keyed_records(batch)
        return
    for record in batch:  # of an old format, which is written anew in the newest
        fields = encoded_fields(record.key, record.value, record.headers)
        has_value = record.value is not None
        yield KeyedRecord(record.offset, record.timestamp, record.key, has_value, fields)


def _rebuilt(batch: Batch, kept: Sequence[KeyedRecord], horizon_ms: int | None) -> RecordBatch:
    """The batch with some of its records; its last offset stays, so that its last sequence does."""
    builder = BatchBuilder(
        base_offset=batch.base_offset if batch.magic >= 2 else kept[0].offset,
        compression=batch.compression,
        timestamp_type=batch.timestamp_type,
        producer_id=batch.producer_id,
        producer_epoch=batch.producer_epoch,
        base_sequence=batch.base_sequence,
        is_transactional=batch.is_transactional,
        is_control=batch.is_control,
        partition_leader_epoch=batch.partition_leader_epoch,
        delete_horizon_ms=horizon_ms,
    )
    for record in kept:
        builder.append_encoded(record.timestamp, record.offset, record.fields)
    return RecordBatch(builder.build(batch.last_offset if batch.magic >= 2 else None))
