"""Tables for people, JSON for programs."""

from __future__ import annotations

import json
from argparse import Namespace
from typing import Any

import pytest

from kbroker.cli.output import show_rows, table

ROWS: list[dict[str, Any]] = [
    {"name": "a", "log_end": 1000, "isr": [1, 2], "is_on": True, "host": None},
    {"name": "longer", "log_end": 0, "isr": [], "is_on": False, "host": ""},
]


def test_tables() -> None:
    """Under headings as Kafka's tools have them, and nothing behind the last word of a line."""
    assert list(table(ROWS)) == [
        "NAME    LOG-END  ISR  IS-ON  HOST",
        "a       1000     1,2  true   -",
        "longer  0        -    false",
    ]
    assert list(table(ROWS, "host", "name")) == ["HOST  NAME", "-     a", "      longer"]


def test_a_table_of_nothing_has_no_heading() -> None:
    assert list(table([])) == list(table([], "name")) == []


@pytest.mark.parametrize("rows", [ROWS, []])
def test_json(rows: list[dict[str, Any]], capsys: pytest.CaptureFixture[str]) -> None:
    """One line, and no table."""
    show_rows(Namespace(output="json"), rows)
    told = capsys.readouterr().out

    assert json.loads(told) == rows
    assert told.count("\n") == 1
