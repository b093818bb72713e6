"""How fast a cold kbroker serves, and what it weighs: idle, per connection, per partition.

python -m tools.bench_startup [--rounds 5]
"""

from __future__ import annotations

import argparse
import statistics
import time

from kbroker.cli.raw_client import RawClient
from tools.bench_measures import idle_connections
from tools.bench_subjects import resident_kb, start_subject
from tools.topic_requests import create_topic, produce_request

CONNECTIONS = 2000
PARTITIONS = 2000
STARTUP_TARGETS = [
    ("start to first acknowledgement ms", 300.0),
    ("idle memory MB", 40.0),
    ("kB per idle connection", 15.0),
    ("kB per partition", 20.0),
]


def measure_startup(rounds: int) -> dict[str, float]:
    """Medians by name; the bytecode is cached by a first start that does not count."""
    start_subject("kbroker").remove()
    samples = [_once() for _ in range(rounds)]
    return {name: statistics.median(sample[name] for sample in samples) for name in samples[0]}


def _once() -> dict[str, float]:
    began = time.perf_counter()
    subject = start_subject("kbroker")
    try:
        client = RawClient(subject.bootstrap)
        create_topic(client, "first")
        answer = client.ask(produce_request("first", [b"x"], int(time.time() * 1000)), 9)
        acknowledged = time.perf_counter()
        assert answer.responses[0].partition_responses[0].error_code == 0
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
        "start to first acknowledgement ms": (acknowledged - began) * 1000,
        "idle memory MB": idle / 1024,
        "kB per idle connection": (connected - idle) / CONNECTIONS,
        "kB per partition": (partitioned - connected) / PARTITIONS,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description="start and weight of kbroker")
    parser.add_argument("--rounds", type=int, default=5)
    for name, value in measure_startup(parser.parse_args().rounds).items():
        print(f"{name:40} {value:10.2f}")


if __name__ == "__main__":
    main()
