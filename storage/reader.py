"""Where the bytes of a read are (LocalLog.read and LogSegment.read of Kafka), with a cache."""

from __future__ import annotations

from storage.results import FetchData, FileRegion
from storage.segment import LogSegment
from storage.segments import LogSegments

# How many positions of the active segment are cached.
_REMEMBERED_POSITIONS = 16


class LogReader:
    """Reads from a log's segments, and caches where in the active one reads began and ended.

    So consumers at the end of the log, also those that wait for a transaction to end, need no
    search in the index.
    """

    __slots__ = ("_positions", "_segments")

    def __init__(self, segments: LogSegments) -> None:
        self._segments = segments
        self._positions: dict[int, int] = {}  # offset where a batch starts, or will → position

    def forget(self) -> None:
        """Clears the cache: the active segment is another one, or was truncated."""
        self._positions.clear()

    def read(
        self,
        offset: int,
        max_bytes: int,
        end_offset: int,
        log_end_offset: int,
        min_one_batch: bool,
    ) -> FetchData:
        """See ``PartitionLog.read``."""
        located = self._locate(offset)
        if located is None:
            return FetchData(log_end_offset, None, False)
        segment, base_offset, position = located
        end = self._end_position(segment, end_offset, log_end_offset)
        return self._slice(
            segment, base_offset, position, max(end - position, 0), max_bytes, min_one_batch
        )

    def batch_at(self, offset: int, log_end_offset: int) -> int:
        """The base offset of the batch that holds ``offset``, or follows it."""
        located = self._locate(offset)
        return log_end_offset if located is None else located[1]

    def bound_of(self, read: FetchData, log_end_offset: int) -> int:
        """See ``Log.bound_of`` (Kafka's fetchUpperBoundOffset)."""
        segment = self._segments.floor(read.start_offset)
        assert segment is not None
        assert read.records is not None
        bound = segment.offset_index.offset_behind(read.records.position + len(read.records))
        if bound is not None:
            return bound
        following = self._segments.higher(segment.base_offset)
        return log_end_offset if following is None else following.base_offset

    def is_on_older_segment(self, offset: int, end_offset: int) -> bool:
        """Whether what follows ``offset`` ends in a segment before that of ``end_offset``."""
        return offset < end_offset and (
            self._segments.floor(offset) is not self._segments.floor(end_offset)
        )

    def _locate(self, offset: int) -> tuple[LogSegment, int, int] | None:
        """(segment, base offset, position) of the batch that holds ``offset``, or follows it."""
        segment = self._segments.floor(offset)
        while segment is not None:
            found = self._find(segment, offset)
            if found is not None:
                return segment, *found
            segment = self._segments.higher(segment.base_offset)
        return None

    def _find(self, segment: LogSegment, offset: int) -> tuple[int, int] | None:
        """(base offset, position) of the batch in ``segment`` that ends at or after ``offset``."""
        is_active = segment is self._segments.active
        if is_active and offset in self._positions:
            return offset, self._positions[offset]
        found = segment.find(offset)
        if found is None:
            return None
        position, header = found
        if is_active and header.base_offset == offset:
            self._remember(offset, position)
        return header.base_offset, position

    def _end_position(self, segment: LogSegment, end_offset: int, log_end_offset: int) -> int:
        """Position in ``segment`` of the batch that holds ``end_offset``, or the segment's end."""
        if segment is self._segments.active:
            if end_offset >= log_end_offset:
                self._remember(log_end_offset, segment.size)
                return segment.size
        else:
            following = self._segments.higher(segment.base_offset)
            if following is not None and following.base_offset <= end_offset:
                return segment.size
        found = self._find(segment, end_offset)
        return segment.size if found is None else found[1]

    @staticmethod
    def _slice(
        segment: LogSegment,
        base_offset: int,
        position: int,
        available: int,
        max_bytes: int,
        min_one_batch: bool,
    ) -> FetchData:
        length, incomplete = available, False
        if max_bytes < available:
            _, header = next(segment.scan(position))
            if min_one_batch:
                length = min(max(max_bytes, header.size), available)
            else:
                length = max_bytes
                incomplete = max_bytes < header.size
        records = FileRegion(segment.file(), position, length) if length else None
        return FetchData(base_offset, records, incomplete)

    def _remember(self, offset: int, position: int) -> None:
        positions = self._positions
        positions[offset] = position
        if len(positions) > _REMEMBERED_POSITIONS:
            del positions[next(iter(positions))]
