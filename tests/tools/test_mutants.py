"""Mutants: what is changed, what is left, and in which function a line is."""

from __future__ import annotations

import pytest

from tools.mutants import Mutant, bodies, changed_line, function_at, mutants

SOURCE = """\
import logging
log = logging.getLogger()

class Counter:
    def __init__(self, start: int | None = None) -> None:
        self.count = start

    def add(self, number):
        def checked():
            assert number > 0
            return number
        log.info("adds %d", -number)
        self.changed()
        self.count += checked()
"""


def changes(source: str) -> set[str]:
    return {changed_line(source, mutant) for mutant in mutants(source)}


@pytest.mark.parametrize(
    ("line", "changed"),
    [
        ("x = a + b", {"x = a - b"}),
        ("x = a < b", {"x = a <= b", "x = a >= b"}),
        ("x = 5", {"x = 6", "x = 4"}),
        ("x = a and b", {"x = a or b"}),
        ("self.save()", {"None"}),
        ("log.info(text)", set()),
        ("x: int | None", set()),
        ("def f(x: int | str) -> int | str: ...", set()),
        ("class C(Protocol): x = 5", set()),
    ],
)
def test_what_is_changed(line: str, changed: set[str]) -> None:
    """Neither what is logged, nor what only type checkers read."""
    assert changes(f"{line}\n") == {f"{line}  ->  {one}" for one in changed}


def test_a_call_is_removed_alone() -> None:
    """With its indentation, so that the function stays Python."""
    assert "self.changed()  ->  None" in changes(SOURCE)


def test_a_sample_is_the_same_for_the_same_seed() -> None:
    assert mutants(SOURCE, 3, "a") == mutants(SOURCE, 3, "a")
    assert len(mutants(SOURCE, 3, "a")) == 3
    assert any(mutants(SOURCE, 3, "a") != mutants(SOURCE, 3, seed) for seed in "bcdef")


def test_the_changed_line_is_told() -> None:
    assert changed_line("a\n b\n", Mutant("", 0, 2, "a\n c\n")) == "b  ->  c"


def test_functions_and_their_lines() -> None:
    """Without the line of ``def``, which runs at import."""
    assert bodies(SOURCE) == [
        ("Counter.__init__", range(6, 7)),
        ("Counter.add", range(9, 15)),
        ("Counter.add.checked", range(10, 12)),
    ]


@pytest.mark.parametrize(
    ("line", "name"), [(2, ""), (5, ""), (6, "Counter.__init__"), (10, "Counter.add.checked")]
)
def test_the_innermost_function(line: int, name: str) -> None:
    assert function_at(SOURCE, line) == name
