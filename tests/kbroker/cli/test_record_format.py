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
        (r"100%%\x21\x4A\x4a", b"100%!JJ"),
        (r"\r\n\0\\", b"\r\n\0\\"),
        (r"%s\%%", b"val\\%"),
        (r"end\n here", b"end\n here"),
        ("é", "é".encode()),
    ],
)
def test_formats(text: str, shown: bytes) -> None:
    """As kcat has them."""
    assert formatted(text, b"NULL")(record()) == shown


def test_null() -> None:
    """Has a length of its own, and shows as one likes; what is empty is something else."""
    nothing, empty = record(key=None, value=None), record(key=b"", value=b"", headers=[("h", b"")])

    assert formatted("%k|%K|%s|%S|%h", b"NULL")(empty) == b"|0||0|h="
    assert json.loads(json_line(empty))["value"] == json.loads(json_line(empty))["key"] == ""
    assert formatted("%k|%K|%s|%S", b"NULL")(nothing) == b"NULL|-1|NULL|-1"
    assert formatted("%k%s", b"")(nothing) == b""


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("%q", "-f: there is no %q; there are %t %p %o %T %k %s %K %S %h"),
        ("%", "-f: there is no %; there are %t %p %o %T %k %s %K %S %h"),
        ("%\n", "-f: there is no %; there are %t %p %o %T %k %s %K %S %h"),
        (r"\q", r"\q is no escape; there are \n \t \r \0 \\ \xHH"),
        (r"\x1", r"\x is no escape; there are \n \t \r \0 \\ \xHH"),
        (r"\xgg", r"\x is no escape; there are \n \t \r \0 \\ \xHH"),
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
    """One object a line; bytes that are no text are escaped, and so are letters beyond ASCII."""
    line = json_line(record(key="é".encode(), value=b"\xff", timestamp_type=1))

    assert line.endswith(b"\n")
    assert line.isascii()
    assert json.loads(line) == {
        "topic": "t", "partition": 1, "offset": 7, "timestamp": 1000,
        "timestamp_type": "logappend",
        "headers": [{"key": "h", "value": "1"}, {"key": "h", "value": None}],
        "key": "é", "value": "\\xff",
    }  # fmt: skip
