"""The checker notices what it is there for."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from storage import AbortedTxn, AppendOrigin, Log, only_batch
from storage.sparse_index import SparseIndex
from tests.log_configs import log_config
from tests.storage.conftest import (
    NOW,
    Build,
    Workbench,
    epochs_of,
    producers_of,
    segments_of,
)
from wire.records import RecordBatch
from wire.records.batch import CRC_START, HEADER_SIZE, LOG_OVERHEAD
from wire.records.control import ControlRecordType, EndTransactionMarker
from wire.records.crc32c import crc32c


@pytest.fixture
def log(bench: Workbench, build: Build) -> Log:
    log = bench.log(log_config(index_interval_bytes=0))
    for sequence in range(4):
        log.append(
            only_batch(build(1, producer_id=1, producer_epoch=0, base_sequence=sequence)),
            leader_epoch=0,
            now_ms=NOW + sequence,
            origin=AppendOrigin.CLIENT,
        )
        if sequence == 1:
            log.roll(NOW)
    bench.logs.clear()
    return log


def _flip(log: Log, position: int) -> None:
    segments_of(log).active.file().content[position] ^= 1  # type: ignore[attr-defined]


def _flip_entry(index: SparseIndex, position: int) -> None:
    index.entries()[position] ^= 1


def _set_max_timestamp(log: Log, timestamp: int) -> None:
    segments_of(log).active._max_timestamp = timestamp


def _raise(log: Log, name: str, by: int) -> None:
    setattr(log._store, name, getattr(log._store, name) + by)


def _resize(log: Log, by: int) -> None:
    active = segments_of(log).active
    active.file().truncate(active.size + by)


# What is off by one is noticed too, and the first entry of an index as well as the last.
BREAKAGES: list[tuple[str, Callable[[Log], object]]] = [
    ("checksum", lambda log: _flip(log, 70)),
    ("comes after", lambda log: _flip(log, 7)),
    ("the log ends at 4, not at 5", lambda log: _raise(log, "end_offset", 1)),
    ("the log ends at 4, not at 3", lambda log: _raise(log, "end_offset", -1)),
    ("bytes, not", lambda log: _raise(log, "size_bytes", 1)),
    ("bytes, not", lambda log: _raise(log, "size_bytes", -1)),
    ("the log starts at 5", lambda log: setattr(log, "log_start_offset", 5)),
    ("recovery point", lambda log: setattr(log, "recovery_point", 5)),
    ("leader epoch", lambda log: epochs_of(log).entries.append((0, 3))),
    ("leader epoch", lambda log: epochs_of(log).entries.append((1, 5))),
    ("no batch at", lambda log: segments_of(log).active.offset_index.append(5, 100)),
    ("no batch at", lambda log: _flip_entry(segments_of(log).active.offset_index, 7)),
    ("not in order", lambda log: segments_of(log).active.offset_index.append(3, 1)),
    (
        "greatest timestamp up to",
        lambda log: segments_of(log).active.time_index.maybe_append(NOW + 99, 3),
    ),
    (
        "greatest timestamp up to",
        lambda log: _flip_entry(segments_of(log).active.time_index, 7),
    ),
    ("the greatest timestamp is", lambda log: _set_max_timestamp(log, NOW + 1)),
    ("the greatest timestamp is", lambda log: _set_max_timestamp(log, NOW - 1)),
    (
        "no abort marker",
        lambda log: segments_of(log).active.transaction_index.append(AbortedTxn(1, 2, 3, 4)),
    ),
    (
        "are not in order",
        lambda log: segments_of(log).active.transaction_index.append(AbortedTxn(1, 3, 3, 4)),
    ),
    (
        "producer 1 wrote",
        lambda log: setattr(producers_of(log).producers[1].batches[-1], "last_offset", 4),
    ),
    ("starts before", lambda log: setattr(segments_of(log).active, "base_offset", 1)),
    (".log has ", lambda log: _resize(log, 1)),
    (".log has ", lambda log: _resize(log, -1)),
]


@pytest.mark.parametrize(("problem", "break_"), BREAKAGES)
def test_a_breakage_is_reported(log: Log, problem: str, break_: Callable[[Log], object]) -> None:
    assert log.problems() == []
    break_(log)
    assert any(problem in found for found in log.problems()), log.problems()


@pytest.mark.parametrize("is_indexed", [False, True])
def test_a_marker_that_compaction_has_emptied_aborts_nothing(
    bench: Workbench, is_indexed: bool
) -> None:
    """Only its header is left."""
    emptied = RecordBatch(EndTransactionMarker(ControlRecordType.ABORT, 0).batch(7, 0, NOW))
    emptied.record_count = 0
    emptied.batch_length = HEADER_SIZE - LOG_OVERHEAD
    emptied.partition_leader_epoch = 0
    emptied.crc = crc32c(emptied.packed_header()[CRC_START:])
    log = bench.log()
    log.append_as_follower(emptied.packed_header(), NOW)
    bench.logs.clear()
    if is_indexed:
        segments_of(log).active.transaction_index.append(AbortedTxn(7, -1, 0, 0))

    assert [problem.endswith("no abort marker at 0") for problem in log.problems()] == (
        [True] * is_indexed
    )
