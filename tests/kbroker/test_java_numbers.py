"""What is a number to Java."""

from __future__ import annotations

import math

import pytest

from kbroker.java_numbers import read_double, read_integer, trimmed


def test_control_characters_are_blanks_and_hard_spaces_are_none() -> None:
    assert trimmed("\x01 5\x1f") == "5"
    assert trimmed("5\xa0") == "5\xa0"


@pytest.mark.parametrize(
    ("text", "number"),
    [("5", 5), ("+5", 5), ("-05", -5), ("\u0665", 5), ("1_000", None), (" 5", None), ("", None),
     ("0x10", None), ("5\xa0", None), ("9" * 5000, None)],
)  # fmt: skip
def test_integers(text: str, number: int | None) -> None:
    assert read_integer(text) == number


@pytest.mark.parametrize(
    ("text", "number"),
    [("0.5", 0.5), (".5", 0.5), ("5.", 5), ("5e-1", 0.5), ("0.5d", 0.5), ("0.5F", 0.5),
     ("0x1p-1", 0.5), ("0X.8p0f", 0.5), ("-Infinity", -math.inf), ("1e400", math.inf),
     ("-0x1p9999", -math.inf), ("inf", None), ("nan", None), ("1_0", None), ("0x1", None),
     (".", None), ("", None), ("\u0660", None)],
)  # fmt: skip
def test_doubles(text: str, number: float | None) -> None:
    assert read_double(text) == number


def test_what_is_no_number_is_a_double() -> None:
    assert math.isnan(read_double("+NaN") or 0)
