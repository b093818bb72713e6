"""All benchmarks, side by side: kbroker, the real Kafka and the floor in alternating rounds.

    python -m tools.bench [--rounds 5] [--only produce-1k,requests] [--json FILE]
                          [--against kbroker,kafka,floor | kbroker,COMMIT | batch,always,flush=1]

Each round measures every broker once, in turn, so that a machine that changes its speed changes it
for all. What is printed is the median of the rounds with the least and greatest value, the ratios
of the medians, and what the broker took of CPU and memory. What cannot run here (no container
engine) is said, not left out.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
from collections import defaultdict
from pathlib import Path

from tools.bench_measures import MEASURES
from tools.bench_startup import STARTUP_TARGETS, measure_startup
from tools.bench_subjects import Subject, cpu_seconds, resident_kb, start_subject

# What the figures are held against: (figure, broker it is compared with, smallest good ratio).
TARGETS = [
    ("produce 1 kB MB/s", "floor", 0.6),
    ("produce 1 kB MB/s", "kafka", 1.2),
    ("consume 1 kB MB/s", "kafka", 0.8),
    ("produce 100 B krecords/s", "kafka", 1.0),
    ("single-record requests/s", "kafka", 2.0),
    ("transactions/s, confluent-kafka", "kafka", 3.0),
    ("transactions/s, kafka-python", "kafka", 3.0),
    ("transactions/s, aiokafka", "kafka", 3.0),
]
# The same where less is better: the greatest good ratio, or the greatest good value.
CEILINGS = [("sequential produce p50 µs", "kafka", 1.2)]
LIMITS = [("end to end p50 ms", 1.0)]

Samples = dict[str, dict[str, list[float]]]  # figure → broker → values


def main() -> int:
    arguments = _arguments()
    subjects, lacking = _start(arguments.against.split(","))
    samples: Samples = defaultdict(lambda: defaultdict(list))
    try:
        for turn in range(arguments.rounds):
            for name in arguments.only.split(","):
                measure, wanted = MEASURES[name]
                for subject in subjects[:: -1 if turn % 2 else 1]:  # nobody is always first
                    if wanted(subject.name):
                        _measure(measure, subject, samples)
            print(f"round {turn + 1} of {arguments.rounds} done", file=sys.stderr)
    finally:
        for subject in subjects:
            subject.remove()
    medians = {
        figure: {broker: statistics.median(values) for broker, values in brokers.items()}
        for figure, brokers in samples.items()
    }
    if arguments.startup:
        medians |= measure_startup(arguments.rounds)
    _print_table(medians, samples)
    met = _print_targets(medians)
    for name, reason in lacking.items():
        print(f"NOT RUN: {name}: {reason}")
    if arguments.json is not None:
        Path(arguments.json).write_text(json.dumps(medians, indent=1, ensure_ascii=False) + "\n")
    return 0 if met else 1


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="kbroker, the real Kafka and the floor")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--only", default=",".join(MEASURES))
    parser.add_argument("--against", default="kbroker,kafka,floor")
    parser.add_argument("--no-startup", dest="startup", action="store_false")
    parser.add_argument("--json", metavar="FILE")
    return parser.parse_args()


def _start(names: list[str]) -> tuple[list[Subject], dict[str, str]]:
    subjects, lacking = [], {}
    for name in names:
        try:
            subjects.append(start_subject(name))
        except Exception as error:
            lacking[name] = str(error) or type(error).__name__
    return subjects, lacking


def _measure(measure: object, subject: Subject, samples: Samples) -> None:
    assert callable(measure)
    before = cpu_seconds(subject.pid)
    figures = measure(subject.bootstrap)
    spent = cpu_seconds(subject.pid) - before
    for figure, value in figures.items():
        samples[figure][subject.name].append(value)
        samples[f"  broker CPU s, {figure}"][subject.name].append(spent)
        samples[f"  broker memory MB, {figure}"][subject.name].append(
            resident_kb(subject.pid) / 1024
        )


def _print_table(medians: dict[str, dict[str, float]], samples: Samples) -> None:
    """The median of each figure, and its least and greatest value where there were rounds."""
    brokers = list(dict.fromkeys(name for row in medians.values() for name in row))
    width = max(len(figure) for figure in medians)
    print(f"{'median (least, greatest)':{width}}" + "".join(f"{name:>30}" for name in brokers))
    for figure, row in medians.items():
        cells = (_cell(row.get(name), samples.get(figure, {}).get(name)) for name in brokers)
        print(f"{figure:{width}}" + "".join(f"{cell:>30}" for cell in cells))


def _cell(median: float | None, values: list[float] | None) -> str:
    if median is None:
        return "-"
    spread = f" ({min(values):.2f}, {max(values):.2f})" if values else ""
    return f"{median:.2f}{spread}"


def _print_targets(medians: dict[str, dict[str, float]]) -> bool:
    """A line for each target that could be judged; whether all of those are met."""
    met = True
    for table, better in ((TARGETS, "at least"), (CEILINGS, "at most")):
        for figure, other, bound in table:
            row = medians.get(figure, {})
            if "kbroker" in row and other in row:
                ratio = row["kbroker"] / row[other]
                good = ratio >= bound if better == "at least" else ratio <= bound
                met = met and good
                print(f"{_verdict(good)} {figure}: {ratio:.2f} of {other}, {better} {bound}")
    for figure, limit in [*LIMITS, *STARTUP_TARGETS]:
        value = medians.get(figure, {}).get("kbroker")
        if value is not None:
            met = met and value <= limit
            print(f"{_verdict(value <= limit)} {figure}: {value:.2f}, at most {limit}")
    return met


def _verdict(good: bool) -> str:
    return "met    " if good else "NOT MET"


if __name__ == "__main__":
    sys.exit(main())
