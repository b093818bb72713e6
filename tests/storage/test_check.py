"""The checker notices what it is there for."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from storage import AbortedTxn, AppendOrigin, Log, LogConfig
from storage.check import check_log
from tests.storage.conftest import NOW, Build, Workbench


@pytest.fixture
def log(bench: Workbench, build: Build) -> Log:
    log = bench.log(LogConfig(index_interval_bytes=0))
    for sequence in range(4):
        log.append(
            build(1, producer_id=1, producer_epoch=0, base_sequence=sequence),
            leader_epoch=0,
            now_ms=NOW + sequence,
            origin=AppendOrigin.CLIENT,
        )
        if sequence == 1:
            log.roll(NOW)
    bench.logs.clear()
    return log


def _flip(log: Log, position: int) -> None:
    log.segments.active.file().content[position] ^= 1  # type: ignore[attr-defined]


BREAKAGES: dict[str, Callable[[Log], None]] = {
    "checksum": lambda log: _flip(log, 70),
    "comes after": lambda log: _flip(log, 7),
    "ends at": lambda log: setattr(log, "log_end_offset", 9),
    "bytes, not": lambda log: setattr(log, "size_bytes", 9),
    "starts at": lambda log: setattr(log, "log_start_offset", 9),
    "recovery point": lambda log: setattr(log, "recovery_point", 9),
    "leader epoch": lambda log: log.epochs.entries.append((0, 3)),
    "no batch at": lambda log: log.segments.active.offset_index.append(5, 100),
    "not in order": lambda log: log.segments.active.offset_index.append(3, 1),
    "greatest timestamp up to": lambda log: log.segments.active.time_index.maybe_append(
        NOW + 99, 3
    ),
    "the greatest timestamp is": lambda log: setattr(log.segments.active, "_max_timestamp", 1),
    "no abort marker": lambda log: log.segments.active.transaction_index.append(
        AbortedTxn(1, 2, 3, 4)
    ),
    "are not in order": lambda log: log.segments.active.transaction_index.append(
        AbortedTxn(1, 3, 3, 4)
    ),
    "producer 1 wrote": lambda log: setattr(
        log.producers.producers[1].batches[-1], "last_offset", 4
    ),
    "starts before": lambda log: setattr(log.segments.active, "base_offset", 1),
    "has 2": lambda log: log.segments.active.file().write(log.segments.active.size, (b"x" * 60,)),
}


@pytest.mark.parametrize("problem", BREAKAGES)
def test_a_breakage_is_reported(log: Log, problem: str) -> None:
    assert check_log(log) == []
    BREAKAGES[problem](log)
    assert any(problem in found for found in check_log(log)), check_log(log)
