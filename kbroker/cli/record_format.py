"""Records as text: formats as kcat has them (``-f``), and JSON."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

from kbroker.cli import Failure

HELP = (
    "%%t topic, %%p partition, %%o offset, %%T timestamp, %%k key, %%s value, %%K and %%S their "
    "lengths (-1: null), %%h headers, %%%% a percent sign; \\n \\t \\r \\xHH"
)

_ESCAPE = re.compile(r"\\(x[0-9a-fA-F]{2}|.)")
_ESCAPED = {"n": b"\n", "t": b"\t", "r": b"\r", "0": b"\0", "\\": b"\\"}
_TIMESTAMP_TYPES = ("create", "logappend")
Line = Callable[[Any], bytes]


def unescaped(text: str) -> bytes:
    """What a shell lets its user write as \\t. Raises Failure."""
    found = b""
    position = 0
    for escape in _ESCAPE.finditer(text):
        found += text[position : escape.start()].encode()
        position = escape.end()
        name = escape[1]
        if len(name) == 1 and name not in _ESCAPED:
            raise Failure(f"{escape[0]} is no escape; there are \\n \\t \\r \\0 \\\\ \\xHH")
        found += _ESCAPED[name] if name in _ESCAPED else bytes.fromhex(name[1:])
    return found + text[position:].encode()


def formatted(text: str, null: bytes) -> Line:
    """Renders records by a format; keys and values that are null by ``null``. Raises Failure."""
    fields = _fields(null)
    pieces: list[Line | bytes] = []
    for literal, name in re.findall(r"([^%]+)|%(.?)", text):
        if literal:
            pieces.append(unescaped(literal))
        elif name == "%":
            pieces.append(b"%")
        elif name in fields:
            pieces.append(fields[name])
        else:
            raise Failure(f"-f: there is no %{name}; there are %{' %'.join(fields)}")
    return lambda record: b"".join(
        piece if isinstance(piece, bytes) else piece(record) for piece in pieces
    )


def _fields(null: bytes) -> dict[str, Line]:
    def content(data: bytes | None) -> bytes:
        return null if data is None else data

    return {
        "t": lambda record: record.topic.encode(),
        "p": lambda record: b"%d" % record.partition,
        "o": lambda record: b"%d" % record.offset,
        "T": lambda record: b"%d" % record.timestamp,
        "k": lambda record: content(record.key),
        "s": lambda record: content(record.value),
        "K": lambda record: b"%d" % _length(record.key),
        "S": lambda record: b"%d" % _length(record.value),
        "h": lambda record: b",".join(
            key.encode() + b"=" + content(value) for key, value in record.headers
        ),
    }


def _length(data: bytes | None) -> int:
    return -1 if data is None else len(data)


def json_line(record: Any) -> bytes:
    """One object a line."""
    shown = {
        "topic": record.topic,
        "partition": record.partition,
        "offset": record.offset,
        "timestamp": record.timestamp,
        "timestamp_type": _TIMESTAMP_TYPES[record.timestamp_type],
        "headers": [{"key": key, "value": _text(value)} for key, value in record.headers],
        "key": _text(record.key),
        "value": _text(record.value),
    }
    return json.dumps(shown).encode() + b"\n"


def _text(data: bytes | None) -> str | None:
    return None if data is None else data.decode(errors="backslashreplace")
