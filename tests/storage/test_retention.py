"""Which segments retention drops."""

from __future__ import annotations

import pytest

from storage import AppendOrigin, Log, only_batch
from storage.retention import segments_to_drop
from tests.log_configs import log_config
from tests.storage.conftest import (
    NOW,
    Build,
    Workbench,
    epochs_of,
    segments_of,
)

DELETE, COMPACT = frozenset(("delete",)), frozenset(("compact",))


class Segment:
    """Hundred offsets and bytes; the timestamp tells how many ms ago it was written."""

    def __init__(self, base_offset: int, size: int, age_ms: int) -> None:
        self.base_offset = base_offset
        self.size = size
        self.largest_timestamp = NOW - age_ms


def drop(*ages: int, high_watermark: int = 300, last_size: int = 100, **settings: object) -> int:
    sizes = [100] * (len(ages) - 1) + [last_size]
    segments = [Segment(100 * i, sizes[i], age) for i, age in enumerate(ages)]
    config = log_config(**settings)  # type: ignore[arg-type]
    return segments_to_drop(segments, config, 100 * len(ages), high_watermark, NOW)


@pytest.mark.parametrize(
    ("retention_ms", "expected"), [(-1, 0), (3000, 0), (2999, 1), (1999, 2), (999, 3), (0, 3)]
)
def test_by_time(retention_ms: int, expected: int) -> None:
    assert drop(3000, 2000, 1000, retention_ms=retention_ms) == expected


def test_by_time_stops_at_the_first_young_one() -> None:
    assert drop(3000, 10, 3000, retention_ms=100) == 1


@pytest.mark.parametrize(
    ("retention_bytes", "expected"),
    [(-1, 0), (301, 0), (300, 0), (201, 0), (200, 1), (101, 1), (100, 2), (0, 3)],
)
def test_by_size(retention_bytes: int, expected: int) -> None:
    assert drop(0, 0, 0, retention_bytes=retention_bytes) == expected


def test_by_size_and_then_by_time() -> None:
    assert drop(0, 5000, 0, retention_bytes=200, retention_ms=1000) == 2


def test_never_beyond_the_high_watermark() -> None:
    assert drop(9, 9, 9, retention_ms=0, high_watermark=299) == 2
    assert drop(9, 9, 9, retention_ms=0, high_watermark=100) == 1
    assert drop(9, 9, 9, retention_ms=0, high_watermark=99) == 0


def test_an_empty_last_segment_stays() -> None:
    assert drop(9, 9, 9, retention_ms=0, last_size=0) == 2


def test_only_where_the_policy_says_delete() -> None:
    assert drop(9, 9, 9, retention_ms=0, cleanup_policy=COMPACT) == 0
    assert drop(9, 9, 9, retention_ms=0, cleanup_policy=frozenset()) == 0
    assert drop(9, 9, 9, retention_ms=0, cleanup_policy=COMPACT | DELETE) == 3


def test_a_log_without_segments() -> None:
    assert segments_to_drop([], log_config(retention_ms=0), 0, 0, NOW) == 0


class TestOfALog:
    @pytest.fixture
    def log(self, bench: Workbench, build: Build) -> Log:
        log = bench.log(log_config(retention_ms=1000))
        for step in range(3):
            log.append(
                only_batch(build(2, timestamp=NOW + 1000 * step)),
                leader_epoch=step,
                now_ms=NOW,
                origin=AppendOrigin.CLIENT,
            )
            if step < 2:
                log.roll(NOW)
        return log

    def test_old_segments_go(self, log: Log) -> None:
        assert log.apply_retention(NOW + 2001, 6) == 1
        assert log.log_start_offset == 2
        assert epochs_of(log).entries == [(1, 2), (2, 4)]

    def test_when_all_go_an_empty_one_keeps_the_end(self, log: Log, bench: Workbench) -> None:
        assert log.apply_retention(NOW + 9999, 6) == 3
        assert (log.log_start_offset, log.log_end_offset, log.size_bytes) == (6, 6, 0)
        assert len(segments_of(log)) == 1
        assert log.apply_retention(NOW + 9999, 6) == 0
        log = bench.reopen(log)
        assert (log.log_start_offset, log.log_end_offset) == (6, 6)

    def test_unflushed_bytes_of_dropped_segments(self, log: Log) -> None:
        log.apply_retention(NOW + 9999, 6)
        plan = log.prepare_flush()
        assert plan is not None
        plan.run()
        log.complete_flush(plan)
        assert (log.recovery_point, log.unflushed_bytes) == (6, 0)
