"""How fast a cold kbroker serves, and what it weighs: idle, per connection, per partition.

python -m tools.bench_startup [--rounds 5] [--against kbroker,COMMIT]
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections import defaultdict
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

from kbroker.cli.raw_client import RawClient
from tools.bench_checks import check_answer
from tools.bench_measures import idle_connections
from tools.bench_subjects import CHECKOUT, SERVE, ProcessSubject, checkout_of
from tools.process_costs import resident_kb
from tools.topic_requests import create_topic, produce_request

CONNECTIONS = 2000
PARTITIONS = 2000
STARTUP_TARGETS = [
    ("start to first acknowledgement ms", 300.0),
    ("idle memory MB", 40.0),
    ("kB per idle connection", 15.0),
    ("kB per partition", 20.0),
]


def measure_startup(
    rounds: int, names: Sequence[str] = ("kbroker",)
) -> dict[str, dict[str, float]]:
    """Medians by figure and broker; ``names`` are kbroker and commits of it, in turns.

    The bytecode is cached by a first start of each, which does not count. Starts come before what
    leaves thousands of files to delete: the disk is busy with them for a while.
    """
    samples: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    with ExitStack() as folders:
        checkouts = {
            name: CHECKOUT if name == "kbroker" else Path(folders.enter_context(checkout_of(name)))
            for name in names
        }
        for checkout in checkouts.values():
            ProcessSubject("warm up", SERVE, checkout=checkout).remove()
        for measure in (_start, _weigh):
            for _ in range(rounds):
                for name, checkout in checkouts.items():
                    for figure, value in measure(name, checkout).items():
                        samples[figure][name].append(value)
    return {
        figure: {name: statistics.median(values) for name, values in by_name.items()}
        for figure, by_name in samples.items()
    }


def _start(name: str, checkout: Path) -> dict[str, float]:
    began = time.perf_counter()
    subject = ProcessSubject(name, SERVE, checkout=checkout)
    try:
        client = RawClient(subject.bootstrap)
        create_topic(client, "first")
        answer = client.ask(produce_request("first", [b"x"], int(time.time() * 1000)), 9)
        acknowledged = time.perf_counter()
        check_answer(answer, 0)
        idle = resident_kb(subject.pid)
    finally:
        subject.remove()
    return {
        "start to first acknowledgement ms": (acknowledged - began) * 1000,
        "idle memory MB": idle / 1024,
    }


def _weigh(name: str, checkout: Path) -> dict[str, float]:
    subject = ProcessSubject(name, SERVE, checkout=checkout)
    try:
        client = RawClient(subject.bootstrap)
        create_topic(client, "first")
        idle = resident_kb(subject.pid)
        sockets = idle_connections(subject.bootstrap, CONNECTIONS)
        connected = resident_kb(subject.pid)
        for sock in sockets:
            sock.close()
        create_topic(client, "many", PARTITIONS)
        partitioned = resident_kb(subject.pid)
    finally:
        subject.remove()
    return {
        "kB per idle connection": (connected - idle) / CONNECTIONS,
        "kB per partition": (partitioned - connected) / PARTITIONS,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description="start and weight of kbroker")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--against", default="kbroker")
    arguments = parser.parse_args()
    names = arguments.against.split(",")
    print(f"{'median':40}" + "".join(f"{name:>12}" for name in names))
    for figure, row in measure_startup(arguments.rounds, names).items():
        print(f"{figure:40}" + "".join(f"{row[name]:12.2f}" for name in names))


if __name__ == "__main__":
    main()
