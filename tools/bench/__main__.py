"""All benchmarks, side by side: kbroker and what people would run instead, in alternating rounds.

    python -m tools.bench [--rounds 5] [--only 'produce-*,sequential'] [--quick]
                          [--against kafka,kfake,noida,calfkit,floor]
                          [--json FILE] [--markdown FILE] [--chart FILE]

``--against`` names the others: kafka (a real one in a container), kfake, noida, calfkit, the floor,
fast (the last commit with its hot path compiled), batch, always and flush=1 (acknowledged is on the
disk), HOST:PORT of a broker on this machine, or a commit of this repository. It brings those of
others from their registries.

What is printed is the median of the rounds with the least and greatest value, the ratios of the
medians, and what the broker took of CPU and memory (the peak) while that figure was measured.

Every case checks that the broker did what it was measured at: error codes, offsets, and all records
byte for byte (tools/bench/checks.py). A broker that fails the check has no figure in that case.
What cannot run here or cannot be checked (the floor stores nothing) is said, not left out.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable
from fnmatch import fnmatch
from pathlib import Path

from tools.bench.cases import CASES, STORES_NOTHING
from tools.bench.goals import OURS, verdicts
from tools.bench.report import chart, markdown, medians_of, table, verdict_lines
from tools.bench.rounds import Brokers, measured
from tools.bench.run import Case
from tools.bench.subjects import start_of

PEERS = "kafka,kfake,noida,calfkit,floor"
QUICK_PART = 3
CHARTED = [
    "produce-1k MB/s",
    "consume-1k MB/s",
    "requests-10-connections requests/s",
    "sequential p50 ms",
    "end-to-end-1k p99 ms",
    "transactions-4-confluent transactions/s",
    "commits-1-connection commits/s",
    "cold-start ms",
    "cold-start idle MB",
]


def main() -> int:
    arguments = _arguments()
    starts = {name: start_of(name) for name in [OURS, *arguments.against]}
    samples: dict[str, dict[str, list[float]]] = {}
    failures: list[str] = []
    brokers = Brokers(starts, STORES_NOTHING)
    for name in arguments.only:
        case = _quick(CASES[name]) if arguments.quick else CASES[name]
        found = measured(name, case, brokers, _playing(starts, name), arguments.rounds)
        samples |= found.samples
        failures += [f"{broker}, {name}: {why}" for broker, why in found.failed.items()]
        print(table(found.samples), *failures[-len(found.failed) :], sep="\n", file=sys.stderr)
        _save(arguments, samples)
    brokers.close()
    medians = medians_of(samples)
    print(table(samples))
    print(verdict_lines(verdicts(medians)))
    for failure in failures:
        print(f"NO FIGURE: {failure}")
    for line in unchecked(list(starts), arguments.only):
        print(line)
    ours_failed = any(failure.startswith(f"{OURS},") for failure in failures)
    return int(ours_failed or not all(one.met for one in verdicts(medians) if one.must))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="kbroker beside other brokers")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--only", type=matching_cases)
    parser.add_argument("--against", type=lambda text: [name for name in text.split(",") if name])
    parser.add_argument("--json", type=Path, metavar="FILE")
    parser.add_argument("--markdown", type=Path, metavar="FILE")
    parser.add_argument("--chart", type=Path, metavar="FILE")
    parser.add_argument("--quick", action="store_true", help="few cases, kbroker alone, two rounds")
    arguments = parser.parse_args()
    if arguments.quick:
        arguments.rounds = 2
    if arguments.only is None:
        arguments.only = [name for name, case in CASES.items() if case.quick or not arguments.quick]
    if arguments.against is None:
        arguments.against = [] if arguments.quick else PEERS.split(",")
    return arguments


def matching_cases(text: str) -> list[str]:
    """The cases that one of the patterns names."""
    patterns = text.split(",")
    found = [name for name in CASES if any(fnmatch(name, pattern) for pattern in patterns)]
    for pattern in patterns:
        if not any(fnmatch(name, pattern) for name in CASES):
            raise argparse.ArgumentTypeError(f"no case {pattern}; there is {', '.join(CASES)}")
    return found


def _quick(case: Case) -> Case:
    return case if case.fixed else case._replace(amount=case.amount // QUICK_PART)


def _playing(brokers: Iterable[str], case: str) -> list[str]:
    return [name for name in brokers if case in STORES_NOTHING.get(name, CASES)]


def unchecked(brokers: list[str], cases: list[str]) -> list[str]:
    """What the figures of a broker that stores nothing do not prove."""
    return [
        f"NOT CHECKED: {broker}, {case}: {lacking}, as it stores nothing"
        for broker in brokers
        for case, lacking in STORES_NOTHING.get(broker, {}).items()
        if case in cases
    ]


def _save(arguments: argparse.Namespace, samples: dict[str, dict[str, list[float]]]) -> None:
    if arguments.json:
        arguments.json.write_text(json.dumps(samples, indent=1, ensure_ascii=False) + "\n")
    if arguments.markdown:
        arguments.markdown.write_text(markdown(samples) + "\n")
    if arguments.chart:
        arguments.chart.write_text(chart(medians_of(samples), CHARTED))


if __name__ == "__main__":
    sys.exit(main())
