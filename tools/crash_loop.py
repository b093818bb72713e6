"""Kills a broker again and again under load, and checks that it keeps what it promised.

    python -m tools.crash_loop [--rounds 100] [--broker kbroker|kafka] [--plant DEFECT]

Idempotent and plain producers of two client libraries write to several partitions, and a group
reads and commits, while the broker is killed (as by ``kill -9``) at random moments and started
again on the same port and data; now and then it is killed in its start as well, or stopped as
usual. One more topic is deleted and made again between the kills. What the clients
were told is noted here, and in the end held against what the logs contain (``crash_check``).
``--plant`` damages the data once, between kill and start: the run must then fail.
"""

from __future__ import annotations

import argparse
import random
import statistics
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from compat_tests.brokers import wait_until
from tools.crash_broker import BROKERS, KillableBroker, Start
from tools.crash_check import Acknowledged, Committed, History, Partition, check
from tools.crash_load import GROUP, IDEMPOTENT, KINDS, Load
from tools.crash_plants import PLANTS, last_segment
from tools.crash_questions import (
    check_data_dir,
    committed,
    create_topics,
    observe,
    read_logs,
    watermarks,
)
from tools.crash_recreation import RecreatedTopic

TOPICS = (("orders", 3), ("events", 2))
PARTITIONS = [Partition(name, number) for name, count in TOPICS for number in range(count)]
MEMBERS = 2
LONGEST_LIFE_S = 0.7
SHARE_KILLED_IN_START = 0.15
SHARE_STOPPED = 0.2  # only then are all checkpoints written
PATIENCE_S = 60  # for anything to be acknowledged after a start, and for the end
SHOWN_PROBLEMS = 20


class CrashLoop:
    def __init__(self, broker: KillableBroker, seed: int, plant: str | None) -> None:
        self._broker = broker
        self._rng = random.Random(seed)
        self._plant = plant
        self._load = Load(broker.bootstrap, PARTITIONS, seed, MEMBERS)
        self._recreated = RecreatedTopic(broker.bootstrap, seed)
        self.starts: list[Start] = []
        self.killed_in_start = 0
        self.stopped = 0
        self.idle_rounds: dict[str, int] = dict.fromkeys(KINDS, 0)
        self.problems: list[str] = []

    def run(self, rounds: int) -> None:
        self._broker.start()  # an empty folder: no restart
        create_topics(self._broker.bootstrap, TOPICS)
        self._recreated.create()
        self._load.start()
        began = time.monotonic()
        for number in range(1, rounds + 1):
            # The damage comes when there is something to damage, and rounds follow it.
            plant = self._plant if number == max(2, rounds // 2) else None
            self._round(plant)
            _progress(number, rounds, time.monotonic() - began, self._load, self.starts)
        self._finish()

    def _round(self, plant: str | None) -> None:
        load, rng = self._load, self._rng
        before = dict(load.acknowledged)
        wait_until(
            lambda: sum(load.acknowledged.values()) > sum(before.values()),
            PATIENCE_S,
            "a record is acknowledged after a start",
        )
        time.sleep(rng.uniform(0.02, LONGEST_LIFE_S))
        self._recreated.before_the_kill()
        if plant is not None:
            with load.committing:  # no member covers up what is about to happen to the commits
                self._broker.kill()
                self._damage(plant)
                self._restart()
        elif rng.random() < SHARE_STOPPED:
            self._broker.stop()
            self.stopped += 1
            self._restart()
        else:
            self._broker.kill()
            if rng.random() < SHARE_KILLED_IN_START:
                self._broker.start_and_kill(rng.uniform(0, 0.3))
                self.killed_in_start += 1
            self._restart()
        for name in KINDS:
            self.idle_rounds[name] += load.acknowledged[name] == before.get(name, 0)

    def _restart(self) -> None:
        self.starts.append(self._broker.start())
        observe(self._broker.bootstrap, PARTITIONS, self._load.events)
        self._recreated.after_the_start()

    def _damage(self, plant: str) -> None:
        data_dir = self._broker.data_dir
        assert data_dir is not None, "only kbroker's data can be damaged"
        for folder, last_acknowledged in self._candidates(data_dir, plant):
            done = PLANTS[plant](folder, last_acknowledged)
            if done is not None:
                print(f"\nplanted {plant}: {done}")
                return
        raise RuntimeError(f"found nothing to damage by {plant}")

    def _candidates(self, data_dir: Path, plant: str) -> list[tuple[Path, int]]:
        if plant == "commits-back":
            folders = [
                path for path in data_dir.glob("__consumer_offsets-*") if [*path.glob("*.log")]
            ]
            return [(max(folders, key=lambda path: last_segment(path).stat().st_size), 0)]
        last: dict[Partition, int] = {}
        for event in self._load.events:
            if isinstance(event, Acknowledged) and event.offset is not None:
                last[event.partition] = max(last.get(event.partition, 0), event.offset)
        return [(data_dir / str(partition), offset) for partition, offset in last.items()]

    def _finish(self) -> None:
        load, bootstrap = self._load, self._broker.bootstrap
        if not load.stop_producing(PATIENCE_S):
            self.problems.append("a producer never heard of some of its records")
        self._drain()
        load.stop_consuming()
        observe(bootstrap, PARTITIONS, load.events)
        logs = read_logs(bootstrap, PARTITIONS)
        self._broker.kill()
        self.problems += self._recreated.problems
        self.problems += check(History(IDEMPOTENT, load.events, logs, load.sent))
        if self._broker.data_dir is not None:
            self.problems += check_data_dir(self._broker.data_dir)

    def _drain(self) -> None:
        """Lets the group come to the end of every partition."""
        ends = watermarks(self._broker.bootstrap, PARTITIONS)

        def drained() -> bool:
            offsets = committed(self._broker.bootstrap)
            return all(offsets.get(partition, 0) >= end for partition, end in ends.items())

        try:
            wait_until(drained, PATIENCE_S, "the group comes to the end", every_s=0.1)
        except TimeoutError:
            self.problems.append(f"the group {GROUP} never came to the end of the logs")

    def report(self, restart_ms: float) -> None:
        """Prints what was found; ``problems`` is complete afterwards. Every restart has to be
        within the bound, although the load shares the processors with it."""
        load = self._load
        walls = [start.wall_ms for start in self.starts]
        cpus = [start.cpu_ms for start in self.starts]
        slow = sum(wall > restart_ms for wall in walls)
        commits = sum(isinstance(event, Committed) for event in load.events)
        print(f"\n{self._broker.name}: {len(walls)} rounds, "
              f"{self.killed_in_start} of them killed once more in the start, "
              f"{self.stopped} stopped as usual; a topic made again "
              f"{self._recreated.made_again} times")  # fmt: skip
        for name in KINDS:
            print(f"  {name:20} {load.acknowledged[name]:>8,} records acknowledged, "
                  f"none in {self.idle_rounds[name]} rounds")  # fmt: skip
        print(f"  {GROUP:20} {commits:>8,} commits acknowledged")
        print(f"  restart to first answer: median {statistics.median(walls):.0f} ms, "
              f"max {max(walls):.0f} ms; its CPU time: median {statistics.median(cpus):.0f} ms, "
              f"max {max(cpus):.0f} ms")  # fmt: skip
        print(f"  {slow} of {len(walls)} restarts took more than {restart_ms:.0f} ms")
        if slow:
            self.problems.append(f"{slow} restarts took more than {restart_ms:.0f} ms")
        print(f"  {len(self.problems)} problems")
        for problem in self.problems[:SHOWN_PROBLEMS]:
            print(f"    {problem}")


def _progress(
    number: int, rounds: int, seconds: float, load: Load, starts: Sequence[Start]
) -> None:
    text = (
        f"round {number}/{rounds}  {seconds:.0f} s  "
        f"{sum(load.acknowledged.values()):,} acknowledged  "
        f"last restart {starts[-1].wall_ms:.0f} ms"
    )
    if sys.stdout.isatty():
        print(f"\r{text}\x1b[K", end="", flush=True)
    elif number % 10 == 0 or number == rounds:
        print(text, flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rounds", type=int, default=100)
    parser.add_argument("--broker", choices=BROKERS, default="kbroker")
    parser.add_argument("--seed", type=int, default=None, help="of the moments (default: random)")
    parser.add_argument("--plant", choices=PLANTS, help="damage the data once: the run must fail")
    parser.add_argument("--restart-ms", type=float, help="bound (default: 500, kafka: 30,000)")
    parser.add_argument("--keep", action="store_true", help="leave data and log where they are")
    arguments = parser.parse_args()
    if arguments.plant and arguments.broker != "kbroker":
        parser.error("--plant needs the data folder of a kbroker")
    bound_ms = arguments.restart_ms or (500 if arguments.broker == "kbroker" else 30_000)
    seed = random.randrange(1 << 32) if arguments.seed is None else arguments.seed
    print(f"seed {seed}", flush=True)
    broker: KillableBroker = BROKERS[arguments.broker]()
    loop = CrashLoop(broker, seed, arguments.plant)
    try:
        loop.run(arguments.rounds)
        loop.report(bound_ms)
    except BaseException:
        print(f"\nthe broker's last words:\n{broker.logs()[-4000:]}", file=sys.stderr)
        raise
    finally:
        if arguments.keep:
            print(f"data in {broker.data_dir}")
            broker.kill()
        else:
            broker.remove()
    return 1 if loop.problems else 0


if __name__ == "__main__":
    # Threads of clients that still retry for ever must not keep the process.
    sys.exit(main())
