"""Names that do not exist, and those that their users may have meant."""

from __future__ import annotations

import argparse
import difflib
import re
from collections.abc import Iterable

from kbroker.cli import Failure
from kbroker.settings.definitions import TOPIC_SETTINGS


def unknown(kind: str, name: str, known: Iterable[str], where: str) -> Failure:
    """Nothing of that kind has that name; ``where`` tells how to find those that there are."""
    return Failure(f"there is no {kind} {name!r}; {advice(name, known) or where}")


def no_topic_name(name: str) -> Failure:
    return Failure(f"{name!r} is no name for a topic")


def meant_value(message: str) -> str:
    """What a broker says of a value or a setting that it does not know, with the one meant."""
    value = re.match(r"Invalid value (\S+) for .*one of: (.*)", message)
    if value is not None:
        return _with(message, advice(value[1].lower(), value[2].split(", ")))
    setting = re.fullmatch(r"Unknown topic config name: (.*)", message)
    if setting is not None:
        return _with(message, advice(setting[1], TOPIC_SETTINGS))
    return message


def meant_word(message: str, parser: argparse.ArgumentParser) -> str:
    """What argparse says of a word that it does not know, with the one meant."""
    more = f"{parser.prog} --help has the rest"
    choice = re.fullmatch(r"argument (.*): invalid choice: '(.*)' \(choose from (.*)\)", message)
    if choice is not None:
        names = [name.strip("'") for name in choice[3].split(", ")]
        where = f"there are {', '.join(names)}"
        return str(unknown(choice[1].lower(), choice[2], names, where))
    option = re.match(r"unrecognized arguments: (--\w[^ =]*)", message)
    if option is not None:
        return str(
            unknown("option", option[1], re.findall(r"--\w[\w-]*", parser.format_help()), more)
        )
    return f"{message}; {more}"


def advice(name: str, known: Iterable[str]) -> str:
    """The nearest of the names that there are; nothing where none is near."""
    close = difflib.get_close_matches(name, list(known), n=1)
    return f"did you mean {close[0]!r}?" if close else ""


def _with(message: str, more: str) -> str:
    return f"{message}; {more}" if more else message
