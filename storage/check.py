"""Walks segments and tells which invariants are broken: for tests, and for ``kbroker check``."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from itertools import accumulate

from storage.segment import LogSegment
from storage.segments import LogSegments
from wire.errors import CorruptBatch
from wire.records.batch import BatchHeader
from wire.records.control import ControlRecordType, EndTransactionMarker

Batches = list[tuple[int, BatchHeader]]


def check_segments(segments: LogSegments, end_offset: int, size_bytes: int) -> Iterator[str]:
    """The broken invariants, in words, of the segments of a log that should end at ``end_offset``
    and hold ``size_bytes``."""
    next_offset = 0
    size = 0
    for segment in segments:
        size += segment.size
        if segment.base_offset < next_offset:
            yield f"segment {segment.base_offset} starts before {next_offset}"
        batches: Batches = []
        yield from _check_batches(segment, batches)
        next_offset = batches[-1][1].next_offset if batches else segment.base_offset
        yield from _check_offset_index(segment, batches)
        yield from _check_time_index(segment, batches)
        yield from _check_transaction_index(segment, batches)
    if end_offset != next_offset:
        yield f"the log ends at {next_offset}, not at {end_offset}"
    if size_bytes != size:
        yield f"the log has {size} bytes, not {size_bytes}"


def _check_batches(segment: LogSegment, batches: Batches) -> Iterator[str]:
    """Fills ``batches`` with what the segment holds, up to the first problem."""
    file_size = segment.file().size()
    if file_size != segment.size:
        yield f"{segment.path} has {file_size} bytes, not {segment.size}"
    next_offset = segment.base_offset
    try:
        for position, header in segment.scan(0):
            segment.read_batch(position, header).verify_crc()
            if header.base_offset < next_offset:
                yield f"{segment.path}: offset {header.base_offset} comes after {next_offset - 1}"
                return
            next_offset = header.next_offset
            batches.append((position, header))
    except CorruptBatch as error:
        yield f"{segment.path}: {error}"


def _check_offset_index(segment: LogSegment, batches: Batches) -> Iterator[str]:
    positions = {header.last_offset: position for position, header in batches}
    index = segment.offset_index
    if not index.is_sound(segment.size):
        yield f"{index.path} is not in order"
    for slot in range(index.entry_count()):
        offset, position = index.entry(slot)
        if positions.get(offset) != position:
            yield f"{index.path}: no batch at {position} ends with offset {offset}"


def _check_time_index(segment: LogSegment, batches: Batches) -> Iterator[str]:
    index = segment.time_index
    if not index.is_sound():
        yield f"{index.path} is not in order"
    ends = [header.last_offset for _, header in batches]
    greatest_until = [-1, *accumulate((header.max_timestamp for _, header in batches), max)]
    for slot in range(index.entry_count()):
        timestamp, offset = index.entry(slot)
        if greatest_until[bisect_right(ends, offset)] != timestamp:
            yield f"{index.path}: {timestamp} is not the greatest timestamp up to offset {offset}"
    greatest = greatest_until[-1]
    if segment.max_timestamp != greatest:
        yield f"{segment.path}: the greatest timestamp is {greatest}, not {segment.max_timestamp}"


def _check_transaction_index(segment: LogSegment, batches: Batches) -> Iterator[str]:
    aborts = {
        (header.producer_id, header.base_offset)
        for position, header in batches
        if header.is_control and header.has_producer_id and _is_abort(segment, position, header)
    }
    for txn in segment.transaction_index:
        if (txn.producer_id, txn.last_offset) not in aborts:
            yield f"{segment.transaction_index.path}: no abort marker at {txn.last_offset}"
        if txn.first_offset >= txn.last_offset:
            yield f"{segment.transaction_index.path}: offsets of {txn.last_offset} are not in order"


def _is_abort(segment: LogSegment, position: int, header: BatchHeader) -> bool:
    if not header.record_count:  # compaction has removed the marker
        return False
    marker = EndTransactionMarker.from_batch(segment.read_batch(position, header))
    return marker.control_type is ControlRecordType.ABORT
