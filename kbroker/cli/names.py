"""Names that do not exist, and those that their users may have meant."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

from kbroker.cli import Failure


def unknown(kind: str, name: str, known: Iterable[str], where: str) -> Failure:
    """Nothing of that kind has that name; ``where`` tells how to find those that there are."""
    close = difflib.get_close_matches(name, list(known), n=1)
    advice = f"did you mean {close[0]!r}?" if close else where
    return Failure(f"there is no {kind} {name!r}; {advice}")


def meant_value(message: str, given: Iterable[str]) -> str:
    """A message that lists what a value may be, with the one that may have been meant."""
    _, listed, choices = message.partition("one of: ")
    for value in given if listed else ():
        close = difflib.get_close_matches(value.lower(), choices.split(", "), n=1)
        if value in message and close:
            return f"{message}; did you mean {close[0]!r}?"
    return message
