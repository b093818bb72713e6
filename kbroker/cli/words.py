"""Types of arguments, for argparse: values that cannot be are refused before anything is done."""

from __future__ import annotations

import argparse
import math
from collections.abc import Callable


def word(text: str) -> str:
    """A text that is not empty: a shell makes an empty one of a variable that is not set."""
    if not text:
        raise argparse.ArgumentTypeError("the value is empty; give one, or leave the option out")
    return text


def seconds(text: str) -> float:
    """How long to wait at most, in seconds."""
    try:
        found = float(text)
    except ValueError:
        found = math.nan
    if not 0 <= found < math.inf:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of seconds")
    return found


def between(first: int, last: int) -> Callable[[str], int]:
    """An integer of that range."""

    def number(text: str) -> int:
        try:
            found = int(text)
        except ValueError:
            found = first - 1
        if not first <= found <= last:
            raise argparse.ArgumentTypeError(f"{text!r} is not a number from {first} to {last}")
        return found

    return number
