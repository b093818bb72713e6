"""Ten thousand schedules of faults, and every short one with a kill at each write.

A schedule can be played again by its seed: ``Simulation(seed).run(STEPS)``.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from itertools import product

import pytest

from kbroker.coordinator.group.pending_offsets import PendingOffsets
from kbroker.transaction_markers import TransactionMarkers
from storage.transaction_index import TransactionIndex
from tests.transaction_simulation import PARTITIONS, Simulation
from tests.transactions import KEEPS_EPOCH, RISES

STEPS, CHUNK = 12, 200


def play(seeds: range) -> None:
    for seed in seeds:
        try:
            Simulation(seed).run(STEPS)
        except BaseException as error:
            raise AssertionError(f"seed {seed}: {error!r}") from error


@pytest.mark.parametrize("first", range(0, 10_000, CHUNK))
def test_schedules(first: int, commits_late: bool) -> None:
    if commits_late:
        first += 10_000
    play(range(first, first + CHUNK))


MOVES = (
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
        while killed(version, steps, fail_at):
            fail_at += 1


def killed(version: int, steps: list[tuple[object, int]], fail_at: int) -> bool:
    """Whether the last step had so many writes."""
    simulation = Simulation(0)
    for actor in simulation.actors:
        actor.version = version
    for move, who in steps[:-1]:
        move(simulation, simulation.actors[who])  # type: ignore[operator]
    simulation.filesystem.arm(fail_at, is_full=False)
    move, who = steps[-1]
    move(simulation, simulation.actors[who])  # type: ignore[operator]
    was_killed = simulation.filesystem.fail_at < 0
    simulation.check()
    return was_killed


def test_a_leak_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(TransactionIndex, "append", lambda _self, _txn: None)
    with pytest.raises(AssertionError, match="nothing is there of what was aborted"):
        play(range(100))


def test_a_missing_marker_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    write_all = TransactionMarkers.write_all

    def forget_one(self: TransactionMarkers, partitions: Iterable[object], *rest: object) -> None:
        others = [partition for partition in partitions if partition != ("t", 1)]
        write_all(self, others, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(TransactionMarkers, "write_all", forget_one)
    with pytest.raises(AssertionError, match="something is undecided"):
        play(range(100))


def test_a_lost_offset_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    end = PendingOffsets.end
    monkeypatch.setattr(PendingOffsets, "end", lambda *args: list(end(*args))[1:])
    with pytest.raises(AssertionError, match="the last committed offset"):
        play(range(100))
