"""What of a log can be compacted, and how much it needs that."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from storage.cleanable import Cleanable, cleanable
from storage.config import LogConfig
from tests.log_configs import log_config

NOW = 1_000_000


@dataclass
class Segment:
    base_offset: int
    size: int = 10
    first_timestamp: int = NOW
    largest_timestamp: int = NOW


def config(ratio: float = 0.5, shortest_ms: int = 0, longest_ms: int = 1 << 62) -> LogConfig:
    return log_config(
        min_cleanable_dirty_ratio=ratio,
        min_compaction_lag_ms=shortest_ms,
        max_compaction_lag_ms=longest_ms,
    )


def found(
    segments: list[Segment], limits: LogConfig, dirty: int = 0, stable: int = 1000
) -> Cleanable | None:
    return cleanable(segments, limits, dirty, stable, NOW)


SEGMENTS = [Segment(0, 10), Segment(10, 20), Segment(20, 30), Segment(30, 500)]


@pytest.mark.parametrize(
    ("dirty", "stable", "expected"),
    [
        (0, 1000, (0, 30, 0, 60)),
        (10, 1000, (10, 30, 10, 50)),
        (
            15,
            1000,
            (15, 30, 30, 50),
        ),  # a segment that is dirty in part counts twice
        (30, 1000, (30, 30, 60, 0)),
        (35, 1000, (35, 30, 560, 0)),
        (0, 20, (0, 20, 0, 30)),
        (0, 25, (0, 20, 0, 30)),  # a segment is cleaned as a whole
        (0, 5, None),
        (10, 5, (10, 10, 10, 0)),
    ],
)
def test_the_part_that_can_be_cleaned(
    dirty: int, stable: int, expected: tuple[int, int, int, int] | None
) -> None:
    """(first dirty offset, end offset, clean bytes, dirty bytes); never of the active segment, nor
    beyond the last stable offset."""
    result = found(SEGMENTS, config(), dirty, stable)

    assert (None if result is None else result[:4]) == expected


@pytest.mark.parametrize("segments", [[], [Segment(0)], [Segment(0, 0), Segment(10)]])
def test_a_log_without_a_closed_segment_that_holds_anything(segments: list[Segment]) -> None:
    assert found(segments, config()) is None


@pytest.mark.parametrize(("lag_ms", "end"), [(0, 30), (100, 30), (101, 10), (1_000_000, 10)])
def test_young_records_are_safe(lag_ms: int, end: int) -> None:
    """And so is all that comes after the first segment with one."""
    segments = [Segment(0, largest_timestamp=0), Segment(10), Segment(20), Segment(30)]
    segments[1].largest_timestamp = NOW - 100
    segments[2].largest_timestamp = 0

    result = found(segments, config(shortest_ms=lag_ms))

    assert result is not None
    assert result.end_offset == end


def test_what_was_cleaned_before_is_not_asked_for_its_age() -> None:
    segments = [Segment(0), Segment(10, largest_timestamp=0), Segment(20)]

    result = found(segments, config(shortest_ms=100), dirty=10)

    assert result is not None
    assert (result.first_dirty_offset, result.end_offset) == (10, 20)


@pytest.mark.parametrize(
    ("ratio", "dirty", "due"),
    [(0.0, 0, True), (1.0, 0, False), (0.5, 20, False), (0.49, 20, True), (0.0, 30, False)],
)
def test_it_is_due_when_more_than_the_ratio_is_dirty(ratio: float, dirty: int, due: bool) -> None:
    segments = [Segment(0, 10), Segment(10, 20), Segment(20, 30), Segment(30)]

    result = found(segments, config(ratio), dirty)

    assert result is not None
    assert result.is_due(config(ratio)) == due


@pytest.mark.parametrize(("age_ms", "due"), [(100, False), (101, True)])
def test_it_is_due_when_the_oldest_dirty_segment_waits_too_long(age_ms: int, due: bool) -> None:
    limits = config(ratio=1.0, longest_ms=100)
    segments = [Segment(0, first_timestamp=1), Segment(10), Segment(20), Segment(30)]
    segments[2].first_timestamp = NOW - age_ms

    result = found(segments, limits, dirty=10)

    assert result is not None
    assert result.is_due(limits) == due


@pytest.mark.parametrize("timestamp", [-1, 0])
def test_a_segment_without_times_never_waits_too_long(timestamp: int) -> None:
    limits = config(ratio=1.0, longest_ms=100)

    result = found([Segment(0, first_timestamp=timestamp), Segment(10)], limits)

    assert result is not None
    assert not result.is_due(limits)


def test_what_waits_too_long_and_cannot_be_cleaned_is_not_due() -> None:
    limits = config(ratio=1.0, longest_ms=100)
    segments = [Segment(0), Segment(10, first_timestamp=1), Segment(20)]

    result = found(segments, limits, dirty=10, stable=10)

    assert result is not None
    assert not result.is_due(limits)
