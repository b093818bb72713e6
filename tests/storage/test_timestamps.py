"""Offsets by timestamp (ListOffsets)."""

from __future__ import annotations

import pytest

from storage import AppendOrigin, Log, only_batch
from tests.log_configs import log_config
from tests.storage.conftest import NOW, Workbench
from wire.records import BatchBuilder, TimestampType


def append(log: Log, *timestamps: int, compression: int = 0) -> None:
    builder = BatchBuilder(compression=compression)
    for timestamp in timestamps:
        builder.append(-1 if timestamp == -1 else NOW + timestamp, None, b"v")
    log.append(only_batch(builder.build()), leader_epoch=0, now_ms=NOW, origin=AppendOrigin.CLIENT)


@pytest.fixture
def log(bench: Workbench) -> Log:
    log = bench.log(log_config(index_interval_bytes=0))
    append(log, 10, 30, 20)
    append(log, 5)
    append(log, 30, 40, 40, compression=1)
    log.roll(NOW)
    append(log, 15)
    append(log, 40, 50)
    return log


@pytest.mark.parametrize(
    ("timestamp", "expected"),
    [
        (0, (0, 10)),
        (10, (0, 10)),
        (11, (1, 30)),
        (31, (5, 40)),
        (40, (5, 40)),
        (41, (9, 50)),
        (51, None),
    ],
)
def test_the_first_at_or_after(log: Log, timestamp: int, expected: tuple[int, int] | None) -> None:
    found = log.offset_for_timestamp(NOW + timestamp, 10)
    assert found == (None if expected is None else (expected[0], NOW + expected[1]))


def test_not_before_the_start(log: Log) -> None:
    log.delete_before(2)
    assert log.offset_for_timestamp(NOW, 10) == (2, NOW + 20)


def test_not_beyond_the_end(log: Log) -> None:
    assert log.offset_for_timestamp(NOW + 41, 9) is None
    assert log.offset_for_timestamp(NOW + 40, 9) == (5, NOW + 40)


def test_the_first_of_the_greatest(log: Log) -> None:
    assert log.offset_of_max_timestamp() == (9, NOW + 50, 0)
    log.truncate_to(8, NOW)
    assert log.offset_of_max_timestamp() == (5, NOW + 40, 0)


def test_after_a_restart(log: Log, bench: Workbench) -> None:
    log = bench.reopen(log)
    assert log.offset_of_max_timestamp() == (9, NOW + 50, 0)
    assert log.offset_for_timestamp(NOW + 31, 10) == (5, NOW + 40)


def test_an_empty_log(bench: Workbench) -> None:
    log = bench.log()
    assert log.offset_of_max_timestamp() is None
    assert log.offset_for_timestamp(0, 0) is None
    log.roll(NOW)
    assert log.offset_of_max_timestamp() is None


def test_records_without_timestamps(bench: Workbench) -> None:
    log = bench.log()
    append(log, -1, -1)
    assert log.offset_of_max_timestamp() is None
    assert log.offset_for_timestamp(0, 2) is None


def test_log_append_time(bench: Workbench) -> None:
    log = bench.log(log_config(message_timestamp_type=TimestampType.LOG_APPEND_TIME))
    append(log, 5, 6)
    assert log.offset_of_max_timestamp() == (0, NOW, 0)
    assert log.offset_for_timestamp(NOW, 2) == (0, NOW)


def test_the_greatest_may_be_0(bench: Workbench) -> None:
    log = bench.log()
    append(log, -1)
    assert log.offset_of_max_timestamp() is None
    append(log, -NOW)
    assert log.offset_of_max_timestamp() == (1, 0, 0)
