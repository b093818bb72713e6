"""What of a log can be compacted, and how much it needs that: pure (Kafka's LogCleanerManager)."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from typing import NamedTuple, Protocol

from storage.config import LogConfig


class CleanableSegment(Protocol):
    """What is asked of a segment; sizes in bytes, timestamps in ms."""

    base_offset: int
    size: int

    @property
    def first_timestamp(self) -> int: ...

    @property
    def largest_timestamp(self) -> int: ...


class Cleanable(NamedTuple):
    """The part of a log from ``first_dirty_offset`` to ``end_offset``, the base offset of a
    segment, was not cleaned yet and can be. ``is_overdue``: max.compaction.lag.ms is over."""

    first_dirty_offset: int
    end_offset: int
    clean_bytes: int
    dirty_bytes: int
    is_overdue: bool

    @property
    def dirty_ratio(self) -> float:
        return self.dirty_bytes / (self.clean_bytes + self.dirty_bytes)

    def is_due(self, config: LogConfig) -> bool:
        if self.is_overdue and self.dirty_bytes:
            return True
        return self.dirty_ratio > config.min_cleanable_dirty_ratio


def cleanable(
    segments: Sequence[CleanableSegment],
    config: LogConfig,
    first_dirty_offset: int,
    last_stable_offset: int,
    now_ms: int,
) -> Cleanable | None:
    """None where there is nothing that could be cleaned, or has been.

    Never cleaned are the active segment, what is not stable, and segments with records younger than
    min.compaction.lag.ms.
    """
    bases = [segment.base_offset for segment in segments]
    if len(bases) < 2:
        return None
    active_base = bases[-1]
    dirty = segments[_floor(bases, first_dirty_offset) : -1]
    if first_dirty_offset >= active_base:
        dirty = []
    end = min(last_stable_offset, active_base)
    if config.min_compaction_lag_ms > 0:
        latest_ms = now_ms - config.min_compaction_lag_ms
        young = (one.base_offset for one in dirty if one.largest_timestamp > latest_ms)
        end = min(end, next(young, end))
    end_offset = bases[_floor(bases, max(first_dirty_offset, end))]
    clean_bytes = sum(one.size for one in segments if one.base_offset < first_dirty_offset)
    dirty_bytes = sum(one.size for one in dirty if one.base_offset < end_offset)
    if not clean_bytes + dirty_bytes:
        return None
    first_timestamps = [time for time in _first_timestamps(dirty) if time > 0]
    is_overdue = bool(first_timestamps) and (
        min(first_timestamps) < now_ms - config.max_compaction_lag_ms
    )
    return Cleanable(first_dirty_offset, end_offset, clean_bytes, dirty_bytes, is_overdue)


def _floor(bases: Sequence[int], offset: int) -> int:
    """Where the segment is that holds the offset."""
    return max(bisect_right(bases, offset) - 1, 0)


def _first_timestamps(segments: Sequence[CleanableSegment]) -> Iterator[int]:
    return (segment.first_timestamp for segment in segments if segment.size)
