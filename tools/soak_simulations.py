"""Many schedules of the simulations of faults: what ``make test`` plays a few of.

    python -m tools.soak_simulations [--schedules 10000] [--first SEED]

Prints a line for each kind, and the seeds that failed, which the tests can play again.
"""

from __future__ import annotations

import argparse
import logging
import os
import sys
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from typing import Protocol

from kbroker.replicas.durability import FsyncMode, FsyncPolicy
from tests.drivers import BrokerDriver
from tests.kill_schedules import LONG_SCHEDULES, LongKillSchedule
from tests.power_loss_simulation import PowerLossSimulation
from tests.transaction_simulation import Simulation

CHUNK = 100
SHOWN = 10


class Schedule(Protocol):
    def run(self) -> None: ...


Make = Callable[[int], Schedule]


def _late(make: Make, seed: int) -> Schedule:
    BrokerDriver.commits_late = True
    return make(seed)


def _power_loss(mode: FsyncMode, seed: int) -> Simulation:
    return PowerLossSimulation(seed, FsyncPolicy(mode))


KINDS: dict[str, Make] = {
    "killed, commits at once": Simulation,
    "killed, commits late": partial(_late, Simulation),
    "power lost, --fsync batch": partial(_power_loss, FsyncMode.BATCH),
    "power lost, --fsync always": partial(_power_loss, FsyncMode.ALWAYS),
}
# These have numbers for seeds, and all are played.
KILLS: dict[str, Make] = {
    "each write, commits at once": LongKillSchedule,
    "each write, commits late": partial(_late, LongKillSchedule),
}


def _failures(make: Make, seeds: Iterable[int]) -> list[str]:
    """What is wrong with the schedules of these seeds, a line each. In a process of its own."""
    logging.disable()
    BrokerDriver.commits_late = False
    found = []
    for seed in seeds:
        try:
            make(seed).run()
        except BaseException as error:
            if isinstance(error, KeyboardInterrupt):
                raise
            found.append(f"seed {seed}: {error!r}")
    return found


def soak(pool: ProcessPoolExecutor, make: Make, seeds: range) -> list[str]:
    """What is wrong, a line for each schedule that failed."""
    chunks = [seeds[start : start + CHUNK] for start in range(0, len(seeds), CHUNK)]
    return [line for lines in pool.map(partial(_failures, make), chunks) for line in lines]


def _report(pool: ProcessPoolExecutor, name: str, make: Make, seeds: range) -> int:
    """Prints a line for the kind, and what failed; how many did."""
    began = time.monotonic()
    wrong = soak(pool, make, seeds)
    took_s = time.monotonic() - began
    print(f"{name:27} {len(seeds):,} schedules, {len(wrong)} failed, {took_s:.0f} s", flush=True)
    for line in wrong[:SHOWN]:
        print(f"  {line}")
    return len(wrong)


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--schedules", type=int, default=10_000, help="of each kind")
    parser.add_argument("--first", type=int, default=0, help="seed")
    arguments = parser.parse_args()
    seeds = range(arguments.first, arguments.first + arguments.schedules)
    numbers = range(len(LONG_SCHEDULES))
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        failed = sum(
            _report(pool, name, make, numbers if name in KILLS else seeds)
            for name, make in (KINDS | KILLS).items()
        )
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
