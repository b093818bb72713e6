"""Planted damage looks sound to whoever opens the log, and is what it says to whoever reads it."""

from __future__ import annotations

from pathlib import Path

import pytest

from storage import AppendOrigin, only_batch
from storage.filesystem import OsFilesystem
from storage.read_batches import read_batches
from tests.log_configs import log_config
from tests.storage.conftest import NOW, Workbench
from tools.crash_plants import PLANTS
from wire.records import BatchBuilder

PRODUCER = 7


@pytest.fixture
def bench(tmp_path: Path) -> Workbench:
    """A folder with a log of four batches of two records each; the last three are idempotent."""
    bench = Workbench(OsFilesystem(), str(tmp_path))
    log = bench.log()
    for number in range(4):
        idempotent = {"producer_id": PRODUCER, "producer_epoch": 0, "base_sequence": number * 2 - 2}
        builder = BatchBuilder(**(idempotent if number else {}))
        for value in (b"a", b"b"):
            builder.append(NOW, None, value + str(number).encode())
        log.append(
            only_batch(builder.build()), leader_epoch=0, now_ms=NOW, origin=AppendOrigin.CLIENT
        )
    bench.stop(clean=False)
    return bench


def found_after(bench: Workbench, plant: str, last_acknowledged: int) -> list[tuple[int, bytes]]:
    """(offset, value) of what a recovery finds after the damage."""
    assert PLANTS[plant](Path(bench.path) / "t-0", last_acknowledged) is not None
    bench.start()
    log = bench.log(log_config())
    assert log.problems() == []
    found = [
        (record.offset, record.value or b"") for batch in read_batches(log) for record in batch
    ]
    bench.stop(clean=False)
    return found


WHOLE = [
    (0, b"a0"),
    (1, b"b0"),
    (2, b"a1"),
    (3, b"b1"),
    (4, b"a2"),
    (5, b"b2"),
    (6, b"a3"),
    (7, b"b3"),
]


def test_lost_tail(bench: Workbench) -> None:
    """The batch of the last acknowledged record goes, and what follows it."""
    assert found_after(bench, "lost-tail", 4) == WHOLE[:4]


def test_duplicate(bench: Workbench) -> None:
    assert found_after(bench, "duplicate", 7) == [*WHOLE, (8, b"a3"), (9, b"b3")]


def test_reordered(bench: Workbench) -> None:
    exchanged = [(4, b"a3"), (5, b"b3"), (6, b"a2"), (7, b"b2")]
    assert found_after(bench, "reordered", 7) == WHOLE[:4] + exchanged


def test_skipped_offset(bench: Workbench) -> None:
    assert found_after(bench, "skipped-offset", 7) == [*WHOLE[:6], (7, b"a3"), (8, b"b3")]


def test_commits_back(bench: Workbench) -> None:
    assert found_after(bench, "commits-back", 0) == WHOLE[:4]


@pytest.mark.parametrize("plant", PLANTS)
def test_nothing_to_damage(tmp_path: Path, plant: str) -> None:
    (tmp_path / "00000000000000000000.log").touch()
    assert PLANTS[plant](tmp_path, 0) is None
