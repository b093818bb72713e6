"""server.properties files, read as java.util.Properties does."""

from __future__ import annotations

import re
from collections.abc import Iterator

from kbroker.settings.setting import SettingError

_LINE_END = re.compile(r"\r\n|\r|\n")
_BLANKS = " \t\f"
_PAIR = re.compile(r"((?:\\.|[^\\=: \t\f])*)[ \t\f]*[=:]?[ \t\f]*(.*)", re.DOTALL)
_ESCAPE = re.compile(r"\\(u[0-9a-fA-F]{4}|.|$)", re.DOTALL)
_ESCAPED = {"t": "\t", "n": "\n", "r": "\r", "f": "\f"}


def read_properties(text: str) -> dict[str, str]:
    """The pairs of a properties file by name. Raises SettingError."""
    pairs: dict[str, str] = {}
    for line in _logical_lines(text):
        pair = _PAIR.fullmatch(line)
        assert pair is not None
        name, value = (_ESCAPE.sub(_meant, part) for part in pair.groups())
        pairs[name] = value
    return pairs


def _logical_lines(text: str) -> Iterator[str]:
    """Without comments; what an odd backslash ends goes on in the next line."""
    logical = ""
    for natural in _LINE_END.split(text):
        part = natural.lstrip(_BLANKS)
        if not logical and (not part or part[0] in "#!"):
            continue
        logical += part
        if (len(part) - len(part.rstrip("\\"))) % 2:
            logical = logical[:-1]
            continue
        yield logical
        logical = ""
    if logical:
        yield logical


def _meant(escape: re.Match[str]) -> str:
    name = escape[1]
    if name == "u":
        raise SettingError(f"{escape.string!r}: \\u is followed by four hexadecimal digits")
    return chr(int(name[1:], 16)) if len(name) > 1 else _ESCAPED.get(name, name)
