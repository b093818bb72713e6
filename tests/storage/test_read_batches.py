"""All batches of a log, in order."""

from __future__ import annotations

import pytest

from storage import AppendOrigin, Log, only_batch
from storage.read_batches import read_batches
from tests.storage.conftest import NOW, Build, Workbench


@pytest.fixture
def log(bench: Workbench, build: Build) -> Log:
    """Batches of two records and of one, in two segments."""
    log = bench.log()
    for number, count in enumerate((2, 1, 2, 1)):
        batch = only_batch(build(count))
        log.append(batch, leader_epoch=0, now_ms=NOW, origin=AppendOrigin.CLIENT)
        if number == 1:
            log.roll(NOW)
    return log


def found(log: Log) -> list[tuple[int, int]]:
    return [(batch.base_offset, batch.last_offset) for batch in read_batches(log)]


@pytest.mark.parametrize("chunk_bytes", [1, 100, 1 << 20])
def test_each_batch_comes_once(log: Log, monkeypatch: pytest.MonkeyPatch, chunk_bytes: int) -> None:
    """However many fit into one read."""
    monkeypatch.setattr("storage.read_batches._CHUNK_BYTES", chunk_bytes)

    assert found(log) == [(0, 1), (2, 2), (3, 4), (5, 5)]


@pytest.mark.parametrize(
    ("start", "first"), [(1, (0, 1)), (2, (2, 2)), (4, (3, 4)), (5, (5, 5)), (6, None)]
)
def test_from_the_batch_that_the_log_starts_in(
    log: Log, start: int, first: tuple[int, int] | None
) -> None:
    log.delete_before(start)

    assert next(iter(found(log)), None) == first
