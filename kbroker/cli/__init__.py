"""The command line. Each command lives in a module of its own, imported when it is chosen."""

from __future__ import annotations

import argparse
import gc
import importlib
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NoReturn, Protocol

from kbroker import KAFKA_VERSION, __version__


class Command(Protocol):
    """A command module."""

    def add_arguments(self, parser: argparse.ArgumentParser) -> None: ...

    def run(self, arguments: argparse.Namespace) -> int: ...


COMMANDS = {
    "serve": "run a broker (the default command)",
    "topic": "list, create, describe, empty or delete topics, or add partitions",
    "group": "list, describe or delete groups, or reset their offsets",
    "config": "describe or change the settings of topics, brokers, groups and client metrics",
    "produce": "write lines of standard input to a topic",
    "consume": "write the records of a topic to standard output",
    "telemetry": "show the metrics that clients pushed last (KIP-714)",
    "check": "check the data of a stopped broker",
    "wait": "wait until a broker answers",
    "doctor": "find out why clients or a broker do not work",
    "apis": "list the APIs and versions that this broker serves",
    "dump-log": "show the files of a partition as text",
    "completion": "print a completion script for bash, zsh or fish",
}


class Failure(Exception):
    """Ends a command; the message is one line for the user."""


class Parser(argparse.ArgumentParser):
    """Its errors are one line, which names the command or option that may have been meant."""

    def __init__(self, **facts: Any) -> None:
        super().__init__(**facts)
        # Parsers of commands set it anew, so the innermost remains.
        self.set_defaults(parser=self)
        self.verbs: Mapping[str, argparse.ArgumentParser] = {}

    def add_subparsers(self, **facts: Any) -> Any:
        action = super().add_subparsers(**facts)
        self.verbs = action.choices
        return action

    def print_help(self, file: Any = None) -> None:
        print(self.format_help(), end="", file=file, flush=True)  # argparse would hide a full disk

    def error(self, message: str) -> NoReturn:
        from kbroker.cli.names import meant_word

        self.exit(2, f"kbroker: {meant_word(message, self)}\n")


def run(words: Sequence[str]) -> int:
    """Runs a command line without the program's name; returns the exit code.

    0 done, 1 failed with the reason on standard error, 2 no such command or option.
    """
    if sys.stderr is None:  # closed by the shell: print would take standard output instead
        sys.stderr = open(os.devnull, "w")  # noqa: SIM115  # until the process ends
    try:
        code = _run(list(words))
        if sys.stdout is not None:
            sys.stdout.flush()
        return code
    except BrokenPipeError:
        code = 0  # the reader has closed the pipe
    except KeyboardInterrupt:
        code = 130
    except (Failure, OSError, UnicodeError) as error:
        print(f"kbroker: {_reason(error)}", file=sys.stderr)
        code = 1
    _give_up_output()
    return code


def _reason(error: Exception) -> str:
    if isinstance(error, UnicodeError):
        return f"no text that can be read or written: {error}"
    if isinstance(error, OSError):
        return f"{error.filename or 'input or output failed'}: {error.strerror or error}"
    return str(error)


def _give_up_output() -> None:
    """Output that cannot be written now is not tried again at exit."""
    try:
        if sys.stdout is not None:
            sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _run(words: list[str]) -> int:
    for word in words:
        if not _is_text(word):
            raise Failure(f"{os.fsencode(word)!r} is not UTF-8, as names and values have to be")
    if words[:1] == ["--version"]:
        print(f"kbroker {__version__}, which clients take for Apache Kafka {KAFKA_VERSION}")
        words = ["apis"]
    if not words or (words[0].startswith("-") and words[0] not in ("-h", "--help", "--version")):
        words.insert(0, "serve")
    parser = Parser(
        prog="kbroker", description="A Kafka broker in Python that clients take for Apache Kafka."
    )
    parser.add_argument(
        "--version", action="store_true", help="print the version and the APIs that are served"
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    chosen: Callable[[argparse.Namespace], int] | None = None
    for name, summary in COMMANDS.items():
        sub = commands.add_parser(name, help=summary, description=summary)
        if words[0] == name:
            gc.disable()  # imports leave little garbage; looking for it takes a tenth of their time
            command: Command = importlib.import_module(f"kbroker.cli.{name.replace('-', '_')}")
            gc.enable()
            command.add_arguments(sub)
            chosen = command.run
    arguments, strange = parser.parse_known_args(words)
    if strange:
        arguments.parser.error(f"unrecognized arguments: {' '.join(strange)}")
    assert chosen is not None
    return chosen(arguments)


def _is_text(word: str) -> bool:
    """Whether the shell gave it as UTF-8."""
    return not any("\ud800" <= letter <= "\udfff" for letter in word)
