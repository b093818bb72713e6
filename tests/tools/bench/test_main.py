"""The command line of the benchmark."""

from __future__ import annotations

import argparse

import pytest

from tools.bench.__main__ import CHARTED, matching_cases, unchecked
from tools.bench.cases import CASES, STORES_NOTHING


def test_cases_are_chosen_by_patterns_in_their_own_order() -> None:
    assert matching_cases("sequential,produce-1*") == [
        "produce-100b",
        "produce-1k",
        "produce-10k",
        "sequential",
    ]


def test_a_pattern_that_names_no_case_is_refused() -> None:
    with pytest.raises(argparse.ArgumentTypeError, match="no case god"):
        matching_cases("sequential,god")


def test_what_the_floor_does_not_prove_is_said() -> None:
    assert unchecked(["kbroker", "floor"], ["produce-1k", "cold-start"]) == [
        "NOT CHECKED: floor, produce-1k: the values, as it stores nothing"
    ]


@pytest.mark.parametrize("broker", STORES_NOTHING)
def test_the_cases_of_a_broker_that_stores_nothing_exist(broker: str) -> None:
    assert set(STORES_NOTHING[broker]) <= set(CASES)


@pytest.mark.parametrize("figure", CHARTED)
def test_charted_figures_are_of_cases(figure: str) -> None:
    assert figure.split(maxsplit=1)[0] in CASES
