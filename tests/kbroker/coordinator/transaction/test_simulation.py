"""Schedules of faults, and every short one with a kill at each write.

A schedule can be played again by its seed: ``Simulation(seed).run()``; ``make soak`` plays more.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from itertools import product

import pytest

from kbroker.coordinator.group.pending_offsets import PendingOffsets
from kbroker.transaction_markers import TransactionMarkers
from storage import LogDir
from storage.transaction_index import TransactionIndex
from tests.transaction_simulation import PARTITIONS, Actor, Simulation, play
from tests.transactions import KEEPS_EPOCH, RISES


@pytest.mark.parametrize("number", range(10))
def test_schedules(number: int, commits_late: bool) -> None:
    """With late commits half as many, of other seeds."""
    first, count = (10_000, 100) if commits_late else (0, 200)
    first += number * count
    play(Simulation, range(first, first + count))


Move = Callable[[Simulation, Actor], None]
MOVES: tuple[Move, ...] = (
    *(partial(Simulation.write, partition=partition) for partition in PARTITIONS),
    Simulation.commit_offset, Simulation.commit, Simulation.abort, Simulation.take_over,
)  # fmt: skip


@pytest.mark.parametrize("version", [KEEPS_EPOCH, RISES])
@pytest.mark.parametrize("first", range(len(MOVES)))
def test_a_kill_at_each_write_of_each_step(version: int, first: int) -> None:
    """Of every three steps of two producers, the last one is cut short wherever it can be."""
    actors = range(2)
    for second, third, *who in product(MOVES, MOVES, actors, actors):
        steps = list(zip((MOVES[first], second, third), (0, *who), strict=True))
        fail_at = 1
        while killed(simulation_at(version), steps, fail_at):
            fail_at += 1


def simulation_at(version: int) -> Simulation:
    simulation = Simulation(0)
    for actor in simulation.actors:
        actor.version = version
    return simulation


def killed(simulation: Simulation, steps: list[tuple[Move, int]], fail_at: int) -> bool:
    """Whether the last step had so many writes."""
    for move, who in steps[:-1]:
        move(simulation, simulation.actors[who])
    simulation.filesystem.arm(fail_at, is_full=False)
    move, who = steps[-1]
    move(simulation, simulation.actors[who])
    was_killed = simulation.filesystem.fail_at < 0
    simulation.check()
    return was_killed


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
        fail_at = 1
        while killed(Simulation(0), steps, fail_at):
            fail_at += 1


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


def test_a_lost_offset_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    end = PendingOffsets.end
    monkeypatch.setattr(PendingOffsets, "end", lambda *args: list(end(*args))[1:])
    with pytest.raises(AssertionError, match="the last committed offset"):
        play(Simulation, range(100))
