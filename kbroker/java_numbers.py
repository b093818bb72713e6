"""Numbers as Java parses them. Python also accepts ``1_000``, ``inf`` and other white space; Java
also accepts ``0.5d`` and ``0x1p-1``."""

from __future__ import annotations

import math
import re

_BLANKS = "".join(map(chr, range(0x21)))
_INTEGER = re.compile(r"[+-]?\d+")
_DECIMAL = re.compile(r"([+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?)[fd]?", re.ASCII | re.IGNORECASE)
_HEXADECIMAL = re.compile(
    r"([+-]?0x(?:[\da-f]+\.?[\da-f]*|\.[\da-f]+)p[+-]?\d+)[fd]?", re.ASCII | re.IGNORECASE
)
_NAMED = re.compile(r"([+-]?)(NaN|Infinity)[fFdD]?")


def trimmed(text: str) -> str:
    """``String.trim()``: removes blanks and control characters of ASCII, and no others."""
    return text.strip(_BLANKS)


def read_integer(text: str) -> int | None:
    """``Long.parseLong``, of any size."""
    try:
        return int(text) if _INTEGER.fullmatch(text) else None
    except ValueError:  # more digits than Python converts
        return None


def fits(number: int, bits: int) -> bool:
    """Whether a signed integer of so many bits can hold it."""
    return -(1 << bits - 1) <= number < 1 << bits - 1


def read_double(text: str) -> float | None:
    """``Double.parseDouble``."""
    text = trimmed(text)
    named = _NAMED.fullmatch(text)
    if named:
        return float("".join(named.groups()))
    decimal = _DECIMAL.fullmatch(text)
    if decimal:
        return float(decimal[1])
    hexadecimal = _HEXADECIMAL.fullmatch(text)
    if not hexadecimal:
        return None
    try:
        return float.fromhex(hexadecimal[1])
    except OverflowError:
        return -math.inf if text.startswith("-") else math.inf
