"""All benchmarks, side by side: kbroker, the real Kafka and the floor in alternating rounds.

    python -m tools.bench [--rounds 5] [--only produce-1k,requests] [--json FILE] [--quick]
                          [--against kbroker,kafka,floor | kbroker,COMMIT | batch,always,flush=1]

Each round measures every broker once, in turn, so that a machine that changes its speed changes it
for all. A first, shorter round warms them up and does not count. What is printed is the median of
the rounds with the least and greatest value, the ratios of the medians, and what the broker took of
CPU and memory (the peak) while that figure was measured.

Every case checks that the broker did what it was measured at: error codes, offsets, and all records
byte for byte (tools/bench_checks.py). A check that fails ends the run. What cannot run here (no
container engine) or cannot be checked (the floor stores nothing) is said, not left out.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

from tools.bench_checks import CheckError
from tools.bench_measures import CASES, STORES_NOTHING
from tools.bench_run import Run
from tools.bench_startup import STARTUP_TARGETS, measure_startup
from tools.bench_subjects import Subject, start_subject
from tools.process_costs import Meter

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

WARM_UP_PART = 10

Samples = dict[str, dict[str, list[float]]]  # figure → broker → values


def main() -> int:
    arguments = _arguments()
    subjects, lacking = _start(arguments.against.split(","))
    try:
        samples = measured(subjects, arguments.only, arguments.rounds)
    except CheckError as error:
        print(f"CHECK FAILED: {error}")
        return 1
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
    print_unchecked(subjects, arguments.only)
    met = _print_targets(medians)
    for name, reason in lacking.items():
        print(f"NOT RUN: {name}: {reason}")
    if arguments.json is not None:
        Path(arguments.json).write_text(json.dumps(medians, indent=1, ensure_ascii=False) + "\n")
    return 0 if met else 1


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="kbroker, the real Kafka and the floor")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--only", type=_case_names, default=list(CASES))
    parser.add_argument("--against", default="kbroker,kafka,floor")
    parser.add_argument("--no-startup", dest="startup", action="store_false")
    parser.add_argument("--json", metavar="FILE")
    parser.add_argument("--quick", action="store_true", help="kbroker alone, three rounds")
    arguments = parser.parse_args()
    if arguments.quick:
        arguments.against, arguments.rounds = "kbroker", 3
    return arguments


def _case_names(text: str) -> list[str]:
    names = text.split(",")
    if unknown := set(names) - set(CASES):
        raise argparse.ArgumentTypeError(f"no case {', '.join(unknown)}; there is {list(CASES)}")
    return names


def _start(names: list[str]) -> tuple[list[Subject], dict[str, str]]:
    subjects, lacking = [], {}
    for name in names:
        try:
            subjects.append(start_subject(name))
        except Exception as error:
            lacking[name] = str(error) or type(error).__name__
    return subjects, lacking


def measured(subjects: Sequence[Subject], names: Sequence[str], rounds: int) -> Samples:
    """The first, shorter round warms up and does not count. Raises CheckError."""
    samples: Samples = defaultdict(lambda: defaultdict(list))
    for turn in range(rounds + 1):
        for name in names:
            for subject in subjects[:: 1 if turn % 2 else -1]:  # nobody is always first
                if not _plays(subject, name):
                    continue
                figures = _measure(subject, name, 1 if turn else WARM_UP_PART)
                for figure, value in figures.items() if turn else ():
                    samples[figure][subject.name].append(value)
        print(f"round {turn} of {rounds} done" if turn else "warm", file=sys.stderr)
    return samples


def _plays(subject: Subject, name: str) -> bool:
    return name in STORES_NOTHING.get(subject.name, CASES)


def _measure(subject: Subject, name: str, part: int) -> dict[str, float]:
    """The figure of so small a part of a case, and what the broker took meanwhile."""
    case, meter = CASES[name], Meter(subject.pid)
    run = Run(subject.bootstrap, meter, subject.name not in STORES_NOTHING)
    try:
        value = case.measure(run, case.amount // part)
    except CheckError as error:
        raise CheckError(f"{subject.name}, {name}: {error}") from None
    return {
        case.figure: value,
        f"  broker CPU s, {case.figure}": meter.cpu_s,
        f"  broker peak memory MB, {case.figure}": meter.peak_kb / 1024,
    }


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


def print_unchecked(subjects: Sequence[Subject], names: Sequence[str]) -> None:
    """What the figures of a broker that stores nothing do not prove."""
    for subject in subjects:
        for name, lacking in STORES_NOTHING.get(subject.name, {}).items():
            if name in names:
                print(f"NOT CHECKED: {subject.name}, {name}: {lacking}, as it stores nothing")


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
