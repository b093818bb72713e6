"""What requests and memory cost as topics and groups become many, and the log long: a table, and a
picture.

    python -m tools.flatness [--rounds 200] [--svg docs/flatness.svg]

For each size from 10 to 10,000 topics, from 1 to 10,000 groups, and from 1 MB to 20 GB of log,
there is a kbroker. All are asked the same, in turns, so that a machine that changes its speed
changes it for all. The logs need 22 GB of disk.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from kbroker.cli.raw_client import RawClient
from tools.bench.subjects import ProcessSubject, serve
from tools.fixed_requests import TOPIC, Member, commit, create_topics, one_round
from tools.line_charts import line_charts
from tools.process_costs import resident_kb
from tools.topic_requests import create_topic, produce_request

TOPICS = (10, 100, 1000, 10_000)
GROUPS = (1, 10, 100, 1000, 10_000)
LOG_MB = (1, 100, 1000, 20_000)
RECORDS_OF_A_MB = [b"x" * 10_000] * 100
GROUPS_WITH_MEMBERS = 10
TOPICS_AT_ONCE = 250
MEMORY = "kB of memory for each"
COMMAND = serve("-c", "group.initial.rebalance.delay.ms=0")

Sizes = dict[int, dict[str, float]]  # how many there are → figure → value


def grow_topics(client: RawClient, size: int) -> None:
    for at in range(0, size, TOPICS_AT_ONCE):
        names = [f"topic-{number}" for number in range(at, min(at + TOPICS_AT_ONCE, size))]
        client.ask(*create_topics(names))


def grow_groups(client: RawClient, size: int) -> None:
    for number in range(size):
        client.ask(*commit(f"group-{number}", TOPIC))
        if number < GROUPS_WITH_MEMBERS:
            member = Member(client, f"group-with-member-{number}")
            member.join()
            member.sync()


def grow_log(client: RawClient, size: int) -> None:
    """By a MB at a time, of the topic that is asked for."""
    for _ in range(size):
        client.ask(produce_request(TOPIC, RECORDS_OF_A_MB, int(time.time() * 1000)), 9)


class Grown:
    """A broker of one size, its memory, and what requests took there."""

    def __init__(self, size: int, grow: Callable[[RawClient, int], None]) -> None:
        self._subject = ProcessSubject("kbroker", COMMAND)
        self.client = RawClient(self._subject.bootstrap)
        create_topic(self.client, TOPIC)
        for turn in range(20):  # what is first used costs more
            one_round(self.client, turn)
        before_kb = resident_kb(self._subject.pid)
        grow(self.client, size)
        self.kb_each = (resident_kb(self._subject.pid) - before_kb) / size
        self.remove = self._subject.remove


def measured(sizes: Sequence[int], grow: Callable[[RawClient, int], None], count: int) -> Sizes:
    """The figures at each size."""
    brokers: dict[int, Grown] = {}
    try:
        for size in sizes:
            brokers[size] = Grown(size, grow)
        samples: dict[int, list[dict[str, float]]] = {size: [] for size in sizes}
        for turn in range(count):
            for size, broker in brokers.items():
                samples[size].append(one_round(broker.client, turn))
        return {
            size: medians(samples[size]) | {MEMORY: broker.kb_each}
            for size, broker in brokers.items()
        }
    finally:
        for broker in brokers.values():
            broker.remove()


def medians(samples: Sequence[dict[str, float]]) -> dict[str, float]:
    return {name: statistics.median(one[name] for one in samples) for name in samples[0]}


def table(name: str, found: Sizes) -> str:
    figures = list(next(iter(found.values())))
    lines = [f"| {name} | " + " | ".join(f"{size:,}" for size in found) + " |"]
    lines.append("| --- |" + " ---: |" * len(found))
    lines += [
        f"| {figure} | " + " | ".join(f"{at[figure]:.0f}" for at in found.values()) + " |"
        for figure in figures
    ]
    return "\n".join(lines)


def picture(topics: Sizes, groups: Sizes, log: Sizes) -> str:
    def line(found: Sizes, figure: str) -> dict[str, float]:
        return {f"{size:,}": at[figure] for size, at in found.items()}

    # Groups come first because their sizes begin at 1.
    charts = {
        figure: {
            "groups": line(groups, figure),
            "topics": line(topics, figure),
            "MB of log": line(log, figure),
        }
        for figure in next(iter(topics.values()))
    }
    return line_charts("µs for a request, as topics, groups or the log grow", charts)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=200)
    parser.add_argument("--svg", type=Path)
    arguments = parser.parse_args()
    topics = measured(TOPICS, grow_topics, arguments.rounds)
    groups = measured(GROUPS, grow_groups, arguments.rounds)
    log = measured(LOG_MB, grow_log, arguments.rounds)
    print(table("µs with so many topics", topics))
    print()
    print(table("µs with so many groups", groups))
    print()
    print(table("µs with so many MB of log", log))
    if arguments.svg:
        arguments.svg.write_text(picture(topics, groups, log))


if __name__ == "__main__":
    main()
