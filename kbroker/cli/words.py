"""Types of arguments, for argparse: what has no meaning is refused before anything is done."""

from __future__ import annotations

import argparse
import math
from collections.abc import Callable

MAX_INT32 = (1 << 31) - 1
MAX_INT64 = (1 << 63) - 1


def word(text: str) -> str:
    """Not the empty one, which is what a shell makes of a variable that is not set."""
    if not text:
        raise argparse.ArgumentTypeError("an empty word says nothing; leave it out or fill it in")
    return text


def seconds(text: str) -> float:
    """How long somebody waits, at most."""
    try:
        found = float(text)
    except ValueError:
        found = math.nan
    if not 0 <= found < math.inf:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of seconds")
    return found


def between(first: int, last: int) -> Callable[[str], int]:
    """An integer that fits where the protocol wants it."""

    def number(text: str) -> int:
        try:
            found = int(text)
        except ValueError:
            found = first - 1
        if not first <= found <= last:
            raise argparse.ArgumentTypeError(f"{text!r} is no number from {first} to {last}")
        return found

    return number
