"""One segment of a log: a .log file of record batches, and its indexes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from storage.clock_cache import SegmentCaches
from storage.config import LogConfig
from storage.filesystem import Buffer, File, Filesystem, write_fully
from storage.offset_index import OffsetIndex
from storage.segment_name import SegmentName
from storage.time_index import TimeIndex
from storage.transaction_index import TransactionIndex
from wire.errors import CorruptBatch
from wire.integers import MAX_INT32
from wire.records.batch import HEADER_SIZE, Batch, BatchHeader, parse_batch, read_header

MAX_RELATIVE_OFFSET = MAX_INT32

_SCAN_BYTES = 8192


class LogSegment:
    """Batches from ``base_offset`` on, up to the next segment's base offset.

    The caches decide how long it keeps its open file and its index entries in memory.
    ``size`` in bytes; ``max_timestamp`` in ms, -1 when no batch has one. The offset and time
    index get an entry whenever more than index.interval.bytes have come since the last one.
    """

    __slots__ = (
        "_bytes_since_index_entry",
        "_file",
        "_filesystem",
        "_first_timestamp",
        "_index_config",
        "_max_timestamp",
        "_next_index_bytes",
        "_offset_of_max_timestamp",
        "_open_files",
        "base_offset",
        "created_ms",
        "name",
        "offset_index",
        "recently_used",
        "size",
        "time_index",
        "transaction_index",
    )

    def __init__(
        self,
        folder: str,
        base_offset: int,
        filesystem: Filesystem,
        caches: SegmentCaches,
        config: LogConfig,
        now_ms: int,
        ending: str = "",
    ) -> None:
        self.name = name = SegmentName(f"{folder}/{base_offset:020d}", ending)
        self.base_offset = base_offset
        self.size = 0
        self.created_ms = now_ms
        self.recently_used = False
        self.offset_index = OffsetIndex(filesystem, name, base_offset, caches.indexes)
        self.time_index = TimeIndex(filesystem, name, base_offset, caches.indexes)
        self.transaction_index = TransactionIndex(filesystem, name)
        self._filesystem = filesystem
        self._index_config = config  # a segment keeps the settings of its indexes, as in Kafka
        self._open_files = caches.files
        self._file: File | None = None
        self._bytes_since_index_entry = 0
        self._next_index_bytes: int | None = None  # None: not known since the last entry
        self._first_timestamp: int | None = None
        self._max_timestamp: int | None = None
        self._offset_of_max_timestamp = base_offset

    @property
    def path(self) -> str:
        return self.name.path(".log")

    # -- open and closed -------------------------------------------------------------------------

    def file(self) -> File:
        """The open .log file; it is created where it does not exist."""
        self.recently_used = True
        if self._file is None:
            self._file = self._filesystem.open(self.path)
            self._open_files.add(self, 1)
        return self._file

    def release(self) -> int:
        """Drops the open file; reads that hold it keep it open."""
        self._file = None
        return 1

    def close(self) -> None:
        """Saves the indexes, with the greatest timestamp as in Kafka, and frees file and memory."""
        if self._max_timestamp is not None:
            self.time_index.maybe_append(self._max_timestamp, self._offset_of_max_timestamp)
        self.offset_index.close()
        self.time_index.close()
        self._close_file()

    def abandon(self) -> None:
        """Frees the same without writing."""
        self.offset_index.abandon()
        self.time_index.abandon()
        self._close_file()

    def _close_file(self) -> None:
        if self._file is not None:
            self._open_files.discard(self, self.release())

    def sync_indexes(self) -> None:
        """Returns once the indexes, as they were saved, are on the disk."""
        self.offset_index.sync()
        self.time_index.sync()

    def create(self) -> None:
        """Creates the files of a new segment."""
        self.file()
        self.offset_index.create()
        self.time_index.create()

    # -- appending -------------------------------------------------------------------------------

    def append(
        self,
        buffers: Sequence[Buffer],
        size: int,
        last_offset: int,
        max_timestamp: int,
    ) -> None:
        """Writes one batch, given as buffers of together ``size`` bytes.

        Raises OSError, and leaves the segment as it was, when not all of it could be written.
        """
        position = self.size
        file = self._file or self.file()
        self.recently_used = True
        try:
            written = file.write(position, buffers)
            if written != size:
                write_fully(file, position + written, b"".join(buffers)[written:])
        except OSError:
            file.truncate(position)
            raise
        self.size = position + size
        self.index(position, size, last_offset, max_timestamp)

    def index(
        self,
        position: int,
        size: int,
        last_offset: int,
        max_timestamp: int,
    ) -> None:
        """Adds a written batch to the indexes, if an entry is due, and updates timestamps."""
        if self._max_timestamp is None:
            self._max_timestamp, self._offset_of_max_timestamp = self.time_index.last_entry()
        if max_timestamp > self._max_timestamp:
            self._max_timestamp = max_timestamp
            self._offset_of_max_timestamp = last_offset
        if position == 0:
            self._first_timestamp = max_timestamp
        if self._bytes_since_index_entry > self._index_config.index_interval_bytes:
            self.offset_index.append(last_offset, position)
            self.time_index.maybe_append(self._max_timestamp, self._offset_of_max_timestamp)
            self._bytes_since_index_entry = 0
            self._next_index_bytes = None
        self._bytes_since_index_entry += size

    def should_roll(
        self, config: LogConfig, size: int, last_offset: int, max_timestamp: int, now_ms: int
    ) -> bool:
        """Whether a batch must go to a new segment: for size, age, full indexes or offset range.

        The age counts from the first batch's timestamp to this batch's; without timestamps, from
        the segment's creation to now (Kafka's LogSegment.shouldRoll).
        """
        if self.size > config.segment_bytes - size:
            return True
        if last_offset - self.base_offset > MAX_RELATIVE_OFFSET:
            return True
        if self.size and self._age_ms(max_timestamp, now_ms) > config.segment_ms:
            return True
        if self._next_index_bytes is None:
            self._next_index_bytes = self._largest_index_bytes()
        return self._next_index_bytes > self._index_config.segment_index_bytes

    def _largest_index_bytes(self) -> int:
        """With one more entry. The time index gets another one when the segment is rolled."""
        return max(
            (self.offset_index.entry_count() + 1) * OffsetIndex.entry_size,
            (self.time_index.entry_count() + 2) * TimeIndex.entry_size,
        )

    def _age_ms(self, max_timestamp: int, now_ms: int) -> int:
        first_timestamp = self.first_timestamp
        return max_timestamp - first_timestamp if first_timestamp >= 0 else now_ms - self.created_ms

    @property
    def first_timestamp(self) -> int:
        """The greatest timestamp of the first batch in ms, -1 where it has none. The segment is not
        empty."""
        if self._first_timestamp is None:
            _, header = next(self.scan(0))
            self._first_timestamp = header.max_timestamp
        return self._first_timestamp

    def become_inactive(self) -> None:
        """Completes the time index, when a later segment becomes the active one."""
        self.time_index.maybe_append(self.max_timestamp, self._offset_of_max_timestamp)
        self.save_indexes()

    def save_indexes(self) -> None:
        """Writes the index entries that their files do not have yet."""
        self.offset_index.save()
        self.time_index.save()

    # -- reading ---------------------------------------------------------------------------------

    def scan(self, position: int, end: int | None = None) -> Iterator[tuple[int, BatchHeader]]:
        """(position, header) of the batches that start before ``end``, by default the segment's.

        Raises CorruptBatch where the bytes are no batch, or the last batch is not whole.
        """
        size = self.size
        stop = size if end is None else end
        file = self.file()
        chunk, chunk_start = b"", position
        while position < stop:
            if position + HEADER_SIZE > chunk_start + len(chunk):
                chunk, chunk_start = (
                    file.read(position, min(_SCAN_BYTES, size - position)),
                    position,
                )
            header = read_header(chunk, position - chunk_start, size - position)
            yield position, header
            position += header.batch_length + 12

    def find(self, offset: int) -> tuple[int, BatchHeader] | None:
        """(position, header) of the first batch that ends at or after ``offset``."""
        for found in self.scan(self.offset_index.lookup(offset)):
            if found[1].last_offset >= offset:
                return found
        return None

    @property
    def max_timestamp(self) -> int:
        """The greatest timestamp of the segment's batches in ms, -1 when there is none."""
        if self._max_timestamp is None:
            self._max_timestamp, self._offset_of_max_timestamp = self.time_index.last_entry()
        return self._max_timestamp

    @property
    def offset_of_max_timestamp(self) -> int:
        """Last offset of the first batch that carries the greatest timestamp."""
        return self._offset_of_max_timestamp if self.max_timestamp >= 0 else self.base_offset

    def next_offset(self) -> int:
        """The offset after the last batch."""
        offset = self.base_offset
        for _, header in self.scan(self.offset_index.last_position()):
            offset = header.next_offset
        return offset

    @property
    def largest_timestamp(self) -> int:
        """The time that retention uses: the greatest timestamp, else the file's modification."""
        timestamp = self.max_timestamp
        return timestamp if timestamp >= 0 else self._filesystem.modified_ms(self.path)

    def read_batch(self, position: int, header: BatchHeader) -> Batch:
        """The whole batch at ``position``, for its records."""
        return parse_batch(self.file().read(position, header.size))

    # -- deleting --------------------------------------------------------------------------------

    def truncate_to(self, offset: int, now_ms: int) -> None:
        """Drops the batch that holds ``offset`` and everything after it."""
        found = self.find(offset)
        self.offset_index.truncate_to(offset)
        self.time_index.truncate_to(offset)
        self.transaction_index.truncate_to(offset)
        self._next_index_bytes = None
        if found is not None:
            self.size = found[0]
            self.file().truncate(self.size)
        if self.size == 0:
            self.created_ms = now_ms
            self._first_timestamp = None
        self._bytes_since_index_entry = 0
        self._find_max_timestamp()

    def _can_find_max_timestamp(self, end: int) -> bool:
        """Finds the greatest timestamp before position ``end``; False where batches cannot be
        read. The time index may have lost its newest entries."""
        try:
            self._find_max_timestamp(end)
        except CorruptBatch:
            return False
        return True

    def _find_max_timestamp(self, end: int | None = None) -> None:
        """From the last entry of the time index, and the batches after it and before position
        ``end`` (by default all)."""
        timestamp, offset = self.time_index.last_entry()
        for _, header in self.scan(self.offset_index.lookup(offset), end):
            if header.max_timestamp > timestamp:
                timestamp, offset = header.max_timestamp, header.last_offset
        self._max_timestamp, self._offset_of_max_timestamp = timestamp, offset

    def forget_indexes_from(self, offset: int) -> int:
        """Before a rebuild: drops the index entries of ``offset`` and later, or all if damaged.

        Returns the position from which the batches must be indexed again.
        """
        self._max_timestamp = None
        self._bytes_since_index_entry = 0
        self.offset_index.create()
        self.time_index.create()
        self.offset_index.truncate_to(offset)
        position = self.offset_index.last_position()
        if self.offset_index.is_sound(self.size) and self._ends_at_entry(position):
            last_offset = self.offset_index.last_offset()
            self.time_index.truncate_to(last_offset + 1)
            if self.time_index.is_sound() and self._can_find_max_timestamp(position):
                return position
        self._max_timestamp = None
        self.offset_index.clear()
        self.time_index.clear()
        return 0

    def _ends_at_entry(self, position: int) -> bool:
        """Whether the last index entry points to a batch that ends with its offset."""
        if position == 0:
            return True
        try:
            _, header = next(self.scan(position, position + 1))
        except CorruptBatch:
            return False
        return header.last_offset == self.offset_index.last_offset()

    def paths(self) -> list[str]:
        """All files that the segment may have."""
        return [self.path, *self.index_paths(), self.transaction_index.path]

    def index_paths(self) -> list[str]:
        """The files of the offset and the time index."""
        return [self.offset_index.path, self.time_index.path]
