"""Records as text."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

import pytest

from kbroker.cli import Failure
from kbroker.cli.record_format import formatted, json_line, unescaped


def record(**facts: Any) -> Any:
    usual = {
        "topic": "t", "partition": 1, "offset": 7, "timestamp": 1000, "timestamp_type": 0,
        "headers": [("h", b"1"), ("h", None)], "key": b"k", "value": b"val",
    }  # fmt: skip
    return SimpleNamespace(**usual | facts)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (r"%t/%p/%o@%T\n", b"t/1/7@1000\n"),
        (r"%k(%K)\t%s(%S)", b"k(1)\tval(3)"),
        ("%h", b"h=1,h=NULL"),
        (r"100%%\x21", b"100%!"),
        ("é", "é".encode()),
    ],
)
def test_formats(text: str, shown: bytes) -> None:
    """As kcat has them."""
    assert formatted(text, b"NULL")(record()) == shown


def test_null() -> None:
    """Has a length of its own, and shows as one likes."""
    nothing = record(key=None, value=None)

    assert formatted("%k|%K|%s|%S", b"NULL")(nothing) == b"NULL|-1|NULL|-1"
    assert formatted("%k%s", b"")(nothing) == b""


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("%q", "-f: there is no %q; there are %t %p %o %T %k %s %K %S %h"),
        ("%", "-f: there is no %; there are %t %p %o %T %k %s %K %S %h"),
        (r"\q", r"\q is no escape; there are \n \t \r \0 \\ \xHH"),
    ],
)
def test_refused(text: str, why: str) -> None:
    """What there is instead."""
    with pytest.raises(Failure) as failure:
        formatted(text, b"")
    assert str(failure.value) == why


def test_separators() -> None:
    """May be escaped."""
    assert unescaped(r"a\t\\\x00\0") == b"a\t\\\0\0"


def test_json() -> None:
    """One object a line; bytes that are no text are escaped."""
    line = json_line(record(key=None, value=b"\xff"))

    assert line.endswith(b"\n")
    assert json.loads(line) == {
        "topic": "t", "partition": 1, "offset": 7, "timestamp": 1000, "timestamp_type": "create",
        "headers": [{"key": "h", "value": "1"}, {"key": "h", "value": None}],
        "key": None, "value": "\\xff",
    }  # fmt: skip
