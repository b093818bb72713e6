"""How figures are held against the goals."""

from __future__ import annotations

import pytest

from tools.bench.cases import CASES
from tools.bench.goals import BEST, GOALS, LIMITS, ratio, verdicts

SPEED = "produce-1k MB/s"
TIME = "sequential p50 ms"


def test_a_ratio_above_one_is_better_for_speeds_and_for_times() -> None:
    assert ratio(SPEED, {"kbroker": 30, "kafka": 20}, "kafka") == 1.5
    assert ratio(TIME, {"kbroker": 20, "kafka": 30}, "kafka") == 1.5


def test_the_best_peer_is_neither_of_ours_nor_the_floor() -> None:
    row = {"kbroker": 30, "kafka": 20, "kfake": 60, "floor": 90, "fast": 80}

    assert ratio(SPEED, row, BEST) == 0.5
    assert ratio(TIME, row, BEST) == pytest.approx(20 / 30)


@pytest.mark.parametrize("row", [{"kbroker": 1.0}, {"kafka": 1.0}])
@pytest.mark.parametrize("other", ["kafka", BEST])
def test_there_is_no_ratio_without_both(row: dict[str, float], other: str) -> None:
    assert ratio(SPEED, row, other) is None


def test_each_bound_is_judged_by_itself() -> None:
    found = verdicts({SPEED: {"kbroker": 30.0, "kafka": 20.0, "kfake": 30.0}})

    assert [(one.beside, one.must, one.met) for one in found] == [
        (BEST, True, True),
        ("kafka", True, True),
        (BEST, False, False),
    ]


def test_limits_are_of_kbroker_alone() -> None:
    found = verdicts({"cold-start ms": {"kbroker": 100.0, "kafka": 1.0}})

    assert [(one.value, one.must, one.met) for one in found] == [
        (100.0, True, True),
        (100.0, False, False),
    ]


@pytest.mark.parametrize("pattern", [goal.figures for goal in GOALS] + [x.figure for x in LIMITS])
def test_each_goal_names_figures_of_a_case(pattern: str) -> None:
    case = pattern.split(maxsplit=1)[0].rstrip("*")

    assert any(name.startswith(case) for name in CASES)
