"""Schedules of faults, and every short one with a kill at each write.

A schedule can be played again by its seed: ``Simulation(seed).run()``; ``make soak`` plays more,
and all of one step more.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from itertools import product

import pytest

from kbroker.coordinator.group.pending_offsets import PendingOffsets
from kbroker.transaction_markers import TransactionMarkers
from storage import LogDir
from storage.transaction_index import TransactionIndex
from tests.kill_schedules import Move, kill_at_each_write, schedules, simulation_at
from tests.transaction_simulation import Simulation, play
from tests.transactions import KEEPS_EPOCH, RISES


def test_schedules(commits_late: bool) -> None:
    """With late commits half as many, of other seeds."""
    play(Simulation, range(10_000, 10_100) if commits_late else range(200))


@pytest.mark.parametrize("version", [KEEPS_EPOCH, RISES])
def test_a_kill_at_each_write_of_each_step(version: int) -> None:
    """Of every two steps of two producers, the last one is cut short wherever it can be."""
    for steps in schedules(2):
        kill_at_each_write(partial(simulation_at, version), steps)


def plain(verb: str) -> Move:
    return lambda simulation, _actor: getattr(simulation.plain, verb)()


PLAIN_MOVES: tuple[Move, ...] = (
    plain("produce"), plain("delete_records"), plain("commit"),
    lambda simulation, _actor: simulation.come_back(clean=True),
)  # fmt: skip


def test_a_kill_at_each_write_of_a_topic_that_is_created_again() -> None:
    """It holds nothing of the old one, whatever was done to that."""
    for moves in product(PLAIN_MOVES, repeat=2):
        steps = [(move, 0) for move in (plain("produce"), *moves, plain("create_again"))]
        kill_at_each_write(partial(Simulation, 0), steps)


def test_a_checkpoint_that_outlives_its_log_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("_forget_checkpoints", "_correct_checkpoints", "_lower_checkpoints"):
        monkeypatch.setattr(LogDir, name, lambda *_: None)
    with pytest.raises(AssertionError, match="nobody deleted these records"):
        test_a_kill_at_each_write_of_a_topic_that_is_created_again()


def test_a_leak_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(TransactionIndex, "append", lambda _self, _txn: None)
    with pytest.raises(AssertionError, match="nothing is there of what was aborted"):
        play(Simulation, range(100))


def test_a_missing_marker_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    write_all = TransactionMarkers.write_all

    def forget_one(self: TransactionMarkers, partitions: Iterable[object], *rest: object) -> None:
        others = [partition for partition in partitions if partition != ("t", 1)]
        write_all(self, others, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(TransactionMarkers, "write_all", forget_one)
    with pytest.raises(AssertionError, match="something is undecided"):
        play(Simulation, range(100))


@pytest.mark.replaces_code
def test_a_lost_offset_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    end = PendingOffsets.end
    monkeypatch.setattr(PendingOffsets, "end", lambda *args: list(end(*args))[1:])
    with pytest.raises(AssertionError, match="the last committed offset"):
        play(Simulation, range(100))
