"""The checker notices what it is there for."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from storage import AbortedTxn, AppendOrigin, Log, only_batch
from tests.log_configs import log_config
from tests.storage.conftest import (
    NOW,
    Build,
    Workbench,
    epochs_of,
    producers_of,
    segments_of,
)


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


BREAKAGES: dict[str, Callable[[Log], None]] = {
    "checksum": lambda log: _flip(log, 70),
    "comes after": lambda log: _flip(log, 7),
    "ends at": lambda log: setattr(log._store, "end_offset", 9),
    "bytes, not": lambda log: setattr(log._store, "size_bytes", 9),
    "starts at": lambda log: setattr(log, "log_start_offset", 9),
    "recovery point": lambda log: setattr(log, "recovery_point", 9),
    "leader epoch": lambda log: epochs_of(log).entries.append((0, 3)),
    "no batch at": lambda log: segments_of(log).active.offset_index.append(5, 100),
    "not in order": lambda log: segments_of(log).active.offset_index.append(3, 1),
    "greatest timestamp up to": lambda log: segments_of(log).active.time_index.maybe_append(
        NOW + 99, 3
    ),
    "the greatest timestamp is": lambda log: setattr(segments_of(log).active, "_max_timestamp", 1),
    "no abort marker": lambda log: segments_of(log).active.transaction_index.append(
        AbortedTxn(1, 2, 3, 4)
    ),
    "are not in order": lambda log: segments_of(log).active.transaction_index.append(
        AbortedTxn(1, 3, 3, 4)
    ),
    "producer 1 wrote": lambda log: setattr(
        producers_of(log).producers[1].batches[-1], "last_offset", 4
    ),
    "starts before": lambda log: setattr(segments_of(log).active, "base_offset", 1),
    "has 2": lambda log: (
        segments_of(log).active.file().write(segments_of(log).active.size, (b"x" * 60,))
    ),
}


@pytest.mark.parametrize("problem", BREAKAGES)
def test_a_breakage_is_reported(log: Log, problem: str) -> None:
    assert log.problems() == []
    BREAKAGES[problem](log)
    assert any(problem in found for found in log.problems()), log.problems()
