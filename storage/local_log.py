"""The batches of a log in segment files of one folder (Kafka's LocalLog): a ``BatchStore``."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from storage import timestamps
from storage.check import check_segments
from storage.cleanable import Cleanable, cleanable
from storage.cleaning_job import Cleaned, Source
from storage.config import LogConfig
from storage.filesystem import File, Filesystem
from storage.log_dir_status import tolerates_full_disk
from storage.log_folder import LogFolder
from storage.partition_metadata import partition_metadata_path
from storage.reader import LogReader
from storage.results import FetchData
from storage.retention import segments_to_drop
from storage.segment import LogSegment
from storage.segment_name import CLEANED_SUFFIX, SWAP_SUFFIX
from storage.segments import LogSegments
from storage.transaction_index import AbortedTxn
from wire.integers import MAX_INT64
from wire.records import RecordBatch
from wire.records.batch import HEADER_SIZE, LOG_OVERHEAD, Batch

NOTHING_REBUILT = MAX_INT64


class LocalFlush:
    """A ``StoreFlush``: files to sync, and then folders."""

    __slots__ = ("_complete", "_files", "_filesystem", "_folders")

    def __init__(
        self,
        filesystem: Filesystem,
        files: list[File],
        folders: list[str],
        complete: Callable[[], None],
    ) -> None:
        self._filesystem = filesystem
        self._files = files
        self._folders = folders
        self._complete = complete

    def run(self) -> None:
        for file in self._files:
            file.sync()
        for folder in self._folders:
            try:
                self._filesystem.sync_folder(folder)
            except FileNotFoundError:
                return  # the log was deleted meanwhile (Kafka's Utils.flushDirIfExists)

    def complete(self) -> None:
        self._complete()


class LocalLog:
    """``segments`` are those of ``folder`` and end at ``end_offset``. Recovery has rebuilt the
    indexes from offset ``rebuilt_from`` on, and they are not synced yet."""

    __slots__ = (
        "_folder", "_folder_is_durable", "_indexes_durable_before", "_names_durable_version",
        "_reader", "_segments", "_swapped_in", "_truncated_from", "end_offset", "size_bytes",
    )  # fmt: skip

    def __init__(
        self,
        folder: LogFolder,
        segments: LogSegments,
        end_offset: int,
        rebuilt_from: int = NOTHING_REBUILT,
    ) -> None:
        self._folder = folder
        self._segments = segments
        self._reader = LogReader(segments)
        self.end_offset = end_offset
        self.size_bytes = _size_of(segments)
        self._names_durable_version = 0
        self._folder_is_durable = False  # its name, and partition.metadata
        # The segment that was active at the last flush and later ones may have unsynced indexes.
        self._indexes_durable_before = rebuilt_from
        self._truncated_from = rebuilt_from  # a segment may have been cut there, and not synced
        self._swapped_in: list[LogSegment] = []  # they still have the names of cleaned ones

    def base_offsets(self) -> Sequence[int]:
        return [segment.base_offset for segment in self._segments]

    # -- writing ---------------------------------------------------------------------------------

    def should_roll(self, batch: RecordBatch, config: LogConfig, now_ms: int) -> bool:
        active = self._segments.active
        return active is None or active.should_roll(
            config,
            batch.batch_length + LOG_OVERHEAD,
            batch.base_offset + batch.last_offset_delta,
            batch.max_timestamp,
            now_ms,
        )

    def roll(self, base_offset: int, config: LogConfig, now_ms: int) -> None:
        active = self._segments.active
        if active is not None:
            if active.size == 0:
                return
            active.become_inactive()
        self._start_segment(base_offset, config, now_ms)

    def _start_segment(self, base_offset: int, config: LogConfig, now_ms: int) -> None:
        segment = self._folder.new_segment(base_offset, config, now_ms)
        try:
            self._folder.create_files(segment)
        except OSError:
            segment.abandon()
            raise
        self._segments.add(segment)
        self._reader.forget()

    def append(self, batch: RecordBatch) -> None:
        active = self._segments.active
        assert active is not None
        size = batch.batch_length + LOG_OVERHEAD
        last_offset = batch.base_offset + batch.last_offset_delta
        # The body is written from the buffer it was received in; only the header is new.
        buffers = (batch.packed_header(), batch.buffer[HEADER_SIZE:size])
        active.append(buffers, size, last_offset, batch.max_timestamp)
        self.end_offset = last_offset + 1
        self.size_bytes += size

    def add_aborted(self, txn: AbortedTxn) -> None:
        active = self._segments.active
        assert active is not None
        if not self._folder.filesystem.exists(active.transaction_index.path):
            self._folder.names_version += 1
        active.transaction_index.append(txn)

    # -- reading ---------------------------------------------------------------------------------

    def read(self, offset: int, max_bytes: int, end_offset: int, min_one_batch: bool) -> FetchData:
        return self._reader.read(offset, max_bytes, end_offset, self.end_offset, min_one_batch)

    def is_on_older_segment(self, offset: int, end_offset: int) -> bool:
        return self._reader.is_on_older_segment(offset, end_offset)

    def bound_of(self, found: FetchData) -> int:
        return self._reader.bound_of(found, self.end_offset)

    def batch_at(self, offset: int) -> int:
        return self._reader.batch_at(offset, self.end_offset)

    def offset_for_timestamp(self, timestamp: int, start_offset: int) -> tuple[int, int] | None:
        return timestamps.first_at_or_after(self._segments, timestamp, start_offset)

    def offset_of_max_timestamp(self) -> tuple[int, int, int] | None:
        return timestamps.first_with_max(self._segments)

    def aborted_transactions(self, start_offset: int, end_offset: int) -> list[AbortedTxn]:
        found = []
        for segment in self._segments.since(start_offset):
            for txn in segment.transaction_index:
                if txn.last_offset >= start_offset and txn.first_offset < end_offset:
                    found.append(txn)
                if txn.last_stable_offset >= end_offset:
                    return found
        return found

    def replay(self, offset: int, add: Callable[[Batch], object]) -> None:
        if offset >= self.end_offset:
            return
        for segment in self._segments.since(offset):
            for position, header in segment.scan(segment.offset_index.lookup(offset)):
                if header.last_offset >= offset and header.has_producer_id:
                    add(segment.read_batch(position, header))

    # -- deleting --------------------------------------------------------------------------------

    def truncate_to(self, offset: int, now_ms: int) -> None:
        self._folder.delete_segments(self._segments.pop_from(offset + 1))
        active = self._segments.active
        assert active is not None
        active.truncate_to(offset, now_ms)
        self.end_offset = offset
        self._after_truncation()

    def truncate_fully_and_start_at(self, offset: int, config: LogConfig, now_ms: int) -> None:
        self._folder.delete_segments(self._segments.pop_from(0))
        self._start_segment(offset, config, now_ms)  # its name keeps the offset
        self.end_offset = offset
        self._after_truncation()

    def _after_truncation(self) -> None:
        self.size_bytes = _size_of(self._segments)
        self._indexes_durable_before = min(self._indexes_durable_before, self.end_offset - 1)
        self._truncated_from = min(self._truncated_from, self.end_offset - 1)
        self._reader.forget()

    def retention_offset(self, config: LogConfig, high_watermark: int, now_ms: int) -> int | None:
        segments = list(self._segments)
        count = segments_to_drop(segments, config, self.end_offset, high_watermark, now_ms)
        if count == 0:
            return None
        return segments[count].base_offset if count < len(segments) else self.end_offset

    def delete_before(self, offset: int) -> int:
        count = sum(1 for base_offset in self.base_offsets()[1:] if base_offset <= offset)
        if count:
            self._folder.delete_segments(self._segments.pop_first(count))
            self.size_bytes = _size_of(self._segments)
        return count

    # -- cleaning --------------------------------------------------------------------------------

    def cleanable(
        self, config: LogConfig, first_dirty_offset: int, last_stable_offset: int, now_ms: int
    ) -> Cleanable | None:
        if self._swapped_in:
            return None
        segments = list(self._segments)
        return cleanable(segments, config, first_dirty_offset, last_stable_offset, now_ms)

    def cleaning_sources(self, end_offset: int) -> tuple[str, list[Source]]:
        filesystem = self._folder.filesystem
        sources = []
        for segment in self._segments:
            if segment.base_offset >= end_offset:
                break
            sources.append(
                Source(
                    segment.base_offset,
                    segment.size,
                    segment.offset_index.entry_count() * segment.offset_index.entry_size,
                    segment.time_index.entry_count() * segment.time_index.entry_size,
                    filesystem.modified_ms(segment.path),
                )
            )
        return self._folder.path, sources

    def stage(self, cleaned: Cleaned) -> None:
        """From the last segment to the first: a start after a crash takes those whose names are
        complete, as Kafka does. So nothing of another cleaning may be left."""
        filesystem, folder = self._folder.filesystem, self._folder.path
        bases = {group.base_offsets[0] for group in cleaned.groups}
        names = [name for name in filesystem.list(folder) if name.endswith(CLEANED_SUFFIX)]
        ours = {name for name in names if int(name.partition(".")[0]) in bases}
        for name in names:
            if name not in ours:
                filesystem.remove(f"{folder}/{name}")
        for name in sorted(ours, reverse=True):
            swappable = name.removesuffix(CLEANED_SUFFIX) + SWAP_SUFFIX
            filesystem.rename(f"{folder}/{name}", f"{folder}/{swappable}")
        self.sync_names()

    def discard_cleaned(self) -> None:
        filesystem, folder = self._folder.filesystem, self._folder.path
        if self._swapped_in or not filesystem.exists(folder):
            return  # they are used; or the log was deleted
        for name in filesystem.list(folder):
            if name.endswith((CLEANED_SUFFIX, SWAP_SUFFIX)):
                filesystem.remove(f"{folder}/{name}")

    def swap_in(self, cleaned: Cleaned, config: LogConfig, now_ms: int) -> bool:
        """Kafka's LocalLog.replaceSegments, but that the old files go before the new ones get their
        names: see ``settle_swap``."""
        by_base = {segment.base_offset: segment for segment in self._segments}
        bases = [base for group in cleaned.groups for base in group.base_offsets]
        if not by_base.keys() >= set(bases):
            return False
        for group in cleaned.groups:
            old = [by_base[base] for base in group.base_offsets]
            new = self._folder.new_segment(old[0].base_offset, config, now_ms, SWAP_SUFFIX)
            new.size = group.size
            self._swapped_in.append(new)
            self._segments.replace(old, new)
            self._folder.delete_segments(old)
        self.size_bytes = _size_of(self._segments)
        return True

    def sync_names(self) -> None:
        self._folder.filesystem.sync_folder(self._folder.path)

    def settle_swap(self) -> None:
        present = set(self._segments)
        for segment in self._swapped_in:
            if segment in present:  # else it was deleted meanwhile
                self._folder.rename_segment(segment, "")
        self._swapped_in.clear()

    # -- durability ------------------------------------------------------------------------------

    def prepare_flush(self, recovery_point: int, also: Sequence[str]) -> LocalFlush:
        filesystem, folder = self._folder.filesystem, self._folder.path
        active = self._segments.active
        paths = [*self._unsynced_indexes(recovery_point), *also]
        folders: list[str] = []
        if also or self._has_unsynced_names:
            folders.append(folder)
        if not self._folder_is_durable:
            paths.append(partition_metadata_path(folder))
            folders = [folder, folder.rpartition("/")[0]]
        changed = self._segments.since(min(recovery_point, self._truncated_from))
        files = [segment.file() for segment in changed]
        files += [filesystem.open(path) for path in paths]
        names_version = self._folder.names_version
        active_base_offset = self.end_offset if active is None else active.base_offset

        def complete() -> None:
            self._names_durable_version = max(self._names_durable_version, names_version)
            self._folder_is_durable = True
            self._indexes_durable_before = active_base_offset
            self._truncated_from = NOTHING_REBUILT

        return LocalFlush(filesystem, files, folders, complete)

    def _unsynced_indexes(self, recovery_point: int) -> Iterator[str]:
        """The files of indexes that recovery will trust before the new recovery point.

        It rebuilds the end of the active segment's indexes, but not of older segments'. After a
        truncation the active ones are synced too: entries that were cut off must not come back.
        """
        active = self._segments.active
        for segment in self._segments.since(min(recovery_point, self._indexes_durable_before)):
            with tolerates_full_disk():  # then recovery has more to index
                segment.save_indexes()
            segment.transaction_index.save()
            if segment is not active or self._truncated_from != NOTHING_REBUILT:
                yield from segment.index_paths()
            if self._folder.filesystem.exists(segment.transaction_index.path):
                yield segment.transaction_index.path

    @property
    def _has_unsynced_names(self) -> bool:
        return self._folder.names_version != self._names_durable_version

    @property
    def has_unsynced_changes(self) -> bool:
        return self._has_unsynced_names or self._truncated_from != NOTHING_REBUILT

    def close(self) -> None:
        if self._swapped_in:
            self.sync_names()
            self.settle_swap()
        for segment in self._segments:
            segment.close()
            segment.sync_indexes()

    def abandon(self) -> None:
        for segment in self._segments:
            segment.abandon()

    def problems(self) -> Iterator[str]:
        return check_segments(self._segments, self.end_offset, self.size_bytes)


def _size_of(segments: LogSegments) -> int:
    return sum(segment.size for segment in segments)
