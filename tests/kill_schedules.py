"""Short schedules of the simulation of transactions, with a kill at each write of the last step."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from itertools import product

from tests.transaction_simulation import PARTITIONS, Actor, Simulation
from tests.transactions import KEEPS_EPOCH, RISES

Move = Callable[[Simulation, Actor], None]
Steps = list[tuple[Move, int]]
MOVES: tuple[Move, ...] = (
    *(partial(Simulation.write, partition=partition) for partition in PARTITIONS),
    Simulation.commit_offset, Simulation.commit, Simulation.abort, Simulation.take_over,
)  # fmt: skip


def schedules(length: int) -> list[Steps]:
    """Every so many steps of two producers. The first step is the first producer's."""
    return [
        list(zip(moves, (0, *others), strict=True))
        for moves in product(MOVES, repeat=length)
        for others in product(range(2), repeat=length - 1)
    ]


def simulation_at(version: int) -> Simulation:
    """With producers that ask for this version of EndTxn."""
    simulation = Simulation(0)
    for actor in simulation.actors:
        actor.version = version
    return simulation


def kill_at_each_write(make: Callable[[], Simulation], steps: Steps) -> None:
    """Plays the steps again and again; the last one is cut short one write later each time."""
    fail_at = 1
    while _killed(make(), steps, fail_at):
        fail_at += 1


def _killed(simulation: Simulation, steps: Steps, fail_at: int) -> bool:
    """Whether the last step had so many writes."""
    for move, who in steps[:-1]:
        move(simulation, simulation.actors[who])
    simulation.filesystem.arm(fail_at, is_full=False)
    move, who = steps[-1]
    move(simulation, simulation.actors[who])
    was_killed = simulation.filesystem.fail_at < 0
    simulation.check()
    return was_killed


LONG_SCHEDULES = list(product((KEEPS_EPOCH, RISES), schedules(3)))


class LongKillSchedule:
    """One of ``LONG_SCHEDULES``, by its number."""

    def __init__(self, number: int) -> None:
        self._version, self._steps = LONG_SCHEDULES[number]

    def run(self) -> None:
        kill_at_each_write(partial(simulation_at, self._version), self._steps)
