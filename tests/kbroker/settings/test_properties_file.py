"""server.properties files."""

from __future__ import annotations

import pytest

from kbroker.settings.properties_file import read_properties
from kbroker.settings.setting import SettingError


def test_properties() -> None:
    """Comments, both separators, continued lines."""
    text = "# c\n! d\n\na=1\nb : 2\nlisteners=PLAINTEXT://:1,\\\n  B://:2\nempty=\nalone\n"

    assert read_properties(text) == {
        "a": "1", "b": "2", "listeners": "PLAINTEXT://:1,B://:2", "empty": "", "alone": "",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("text", "pairs"),
    [
        ("log.dirs /x", {"log.dirs": "/x"}),
        ("a\t=\t1", {"a": "1"}),
        ("a = = 1", {"a": "= 1"}),
        (r"a\ b\=c=d\:e", {"a b=c": "d:e"}),
        (r"a=\t\u00e9\\", {"a": "\té\\"}),
        ("a=1\\\n  # 2\nb=2", {"a": "1# 2", "b": "2"}),
        ("a=1\\\\\nb=2", {"a": "1\\", "b": "2"}),
        ("a=1\rb=2\r\nc=\u20283\\", {"a": "1", "b": "2", "c": "\u20283"}),
    ],
)
def test_properties_as_java_reads_them(text: str, pairs: dict[str, str]) -> None:
    """Blanks separate, too; backslashes escape, or continue a line, which then is no comment."""
    assert read_properties(text) == pairs


def test_an_escape_that_is_none() -> None:
    with pytest.raises(SettingError, match="four hexadecimal digits"):
        read_properties(r"log.dirs=C:\users")
