"""Finding offsets by timestamp in the segments of a log (ListOffsets, KIP-33, KIP-734)."""

from __future__ import annotations

from collections.abc import Iterable

from storage.segment import LogSegment


def first_at_or_after(
    segments: Iterable[LogSegment], timestamp: int, start_offset: int
) -> tuple[int, int] | None:
    """(offset, timestamp) of the first record from ``start_offset`` on with at least ``timestamp``.

    Like Kafka, searches only the first segment whose greatest timestamp is late enough.
    """
    for segment in segments:
        if segment.largest_timestamp < timestamp:
            continue
        hint = max(segment.time_index.lookup(timestamp), start_offset)
        for position, header in segment.scan(segment.offset_index.lookup(hint)):
            if header.max_timestamp < timestamp:
                continue
            for record in segment.read_batch(position, header):
                if record.timestamp >= timestamp and record.offset >= start_offset:
                    return record.offset, record.timestamp
        return None
    return None


def first_with_max(segments: Iterable[LogSegment]) -> tuple[int, int, int] | None:
    """(offset, timestamp, leader epoch) of the first record that carries the greatest timestamp.

    Like Kafka, it may be a record before the log's start, which was deleted.
    """
    latest = max(segments, key=lambda segment: segment.max_timestamp, default=None)
    if latest is None or latest.max_timestamp < 0:
        return None
    for position, header in latest.scan(latest.offset_index.lookup(latest.offset_of_max_timestamp)):
        if header.max_timestamp != latest.max_timestamp:
            continue
        for record in latest.read_batch(position, header):
            if record.timestamp == header.max_timestamp:
                return record.offset, record.timestamp, header.partition_leader_epoch
        return None
    return None
