"""What the figures are held against. A ratio above 1 means that kbroker is better."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fnmatch import fnmatch
from typing import NamedTuple

OURS = "kbroker"
BEST = "best peer"
PEERS = ("kafka", "kfake", "noida", "calfkit")
FLOOR = "floor"

Medians = Mapping[str, Mapping[str, float]]  # figure → broker → value


class Goal(NamedTuple):
    """``figures`` is a pattern; ``must`` and ``target`` are the least ratios to a broker."""

    figures: str
    must: Mapping[str, float]
    target: Mapping[str, float]


class Limit(NamedTuple):
    """The greatest good values of kbroker alone."""

    figure: str
    must: float
    target: float


GOALS = [
    Goal("produce-* MB/s", {BEST: 1.0, "kafka": 1.5}, {BEST: 1.2, FLOOR: 0.8}),
    Goal("consume-* MB/s", {"kafka": 1.0}, {BEST: 1.2}),
    Goal("requests-* requests/s", {"kafka": 3.0, BEST: 0.7}, {BEST: 1.0}),
    Goal("end-to-end-* ms", {"kafka": 1.0}, {BEST: 1.0}),
    Goal("sequential * ms", {"kafka": 1.0}, {BEST: 1.0}),
    Goal("transactions-* transactions/s", {"kafka": 3.0}, {BEST: 1.0}),
    Goal("commits-* commits/s", {"kafka": 4.0}, {BEST: 1.0}),
    Goal("group-of-six s", {"kafka": 1.0}, {BEST: 1.0}),
    Goal("fetches-* fetches/s", {"kafka": 1.0}, {BEST: 1.0}),
    Goal("fan-out MB/s", {"kafka": 1.0}, {BEST: 1.0}),
    Goal("read-committed MB/s", {"kafka": 1.0}, {BEST: 1.0}),
    Goal("* CPU s per GB", {BEST: 1.0}, {}),
]
LIMITS = [
    Limit("cold-start ms", 120, 80),
    Limit("cold-start idle MB", 22, 18),
    Limit("partitions kB each", 3, 2),
    Limit("connections-* kB each", 2, 1.5),
]


class Verdict(NamedTuple):
    figure: str
    beside: str  # what it is compared with
    value: float
    bound: str
    must: bool
    met: bool


def more_is_better(figure: str) -> bool:
    return figure.endswith("/s")


def ratio(figure: str, row: Mapping[str, float], other: str) -> float | None:
    """None where one of them has no figure."""
    if other == BEST:
        others = [value for name, value in row.items() if name in PEERS]
        if not others:
            return None
        theirs = max(others) if more_is_better(figure) else min(others)
    elif other in row:
        theirs = row[other]
    else:
        return None
    if OURS not in row:
        return None
    ours, theirs = max(row[OURS], 1e-9), max(theirs, 1e-9)  # a figure may be zero
    return ours / theirs if more_is_better(figure) else theirs / ours


def verdicts(medians: Medians) -> Iterator[Verdict]:
    """Of all that can be judged."""
    for figure, row in medians.items():
        for goal in GOALS:
            if fnmatch(figure, goal.figures):
                for bounds, must in ((goal.must, True), (goal.target, False)):
                    for other, bound in bounds.items():
                        value = ratio(figure, row, other)
                        if value is not None:
                            yield Verdict(
                                figure, other, value, f"at least {bound:g}", must, value >= bound
                            )
        for limit in LIMITS:
            if fnmatch(figure, limit.figure) and OURS in row:
                for bound, must in ((limit.must, True), (limit.target, False)):
                    value = row[OURS]
                    yield Verdict(figure, "", value, f"at most {bound:g}", must, value <= bound)
