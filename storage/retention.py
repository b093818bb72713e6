"""Which of a log's oldest segments are deleted: pure (Kafka's UnifiedLog.deleteOldSegments)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from storage.config import LogConfig


class RetainedSegment(Protocol):
    """What retention asks of a segment; sizes in bytes, timestamps in ms."""

    base_offset: int
    size: int

    @property
    def largest_timestamp(self) -> int: ...


def segments_to_drop(
    segments: Sequence[RetainedSegment],
    config: LogConfig,
    log_end_offset: int,
    high_watermark: int,
    now_ms: int,
) -> int:
    """How many of the oldest segments are deleted, by size and then by time.

    Only segments below the high watermark are; the last one too, unless it is empty.
    """
    if not segments or "delete" not in config.cleanup_policy:
        return 0
    candidates = _count_below(segments, log_end_offset, high_watermark)
    count = _by_size(segments, candidates, config.retention_bytes)
    return _by_time(segments, count, candidates, config.retention_ms, now_ms)


def _count_below(
    segments: Sequence[RetainedSegment], log_end_offset: int, high_watermark: int
) -> int:
    ends = [segment.base_offset for segment in segments[1:]] + [log_end_offset]
    count = sum(1 for end in ends if end <= high_watermark)
    if count == len(segments) and segments[-1].size == 0:
        count -= 1
    return count


def _by_size(segments: Sequence[RetainedSegment], candidates: int, retention_bytes: int) -> int:
    if retention_bytes < 0:
        return 0
    excess = sum(segment.size for segment in segments) - retention_bytes
    count = 0
    while count < candidates and excess - segments[count].size >= 0:
        excess -= segments[count].size
        count += 1
    return count


def _by_time(
    segments: Sequence[RetainedSegment], count: int, candidates: int, retention_ms: int, now_ms: int
) -> int:
    if retention_ms < 0:
        return count
    while count < candidates and now_ms - segments[count].largest_timestamp > retention_ms:
        count += 1
    return count
