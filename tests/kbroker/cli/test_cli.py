"""The command line against a running broker."""

from __future__ import annotations

import argparse
import gc
import io
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple, Protocol

import pytest

from kbroker.apis import LISTED
from kbroker.cli import Failure, run


class Done(NamedTuple):
    returncode: object
    stdout: str
    stderr: str


class Kbroker(Protocol):
    def __call__(self, *words: str, stdin: str = "") -> Done: ...


@pytest.fixture
def kbroker(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Kbroker:
    """Runs a command."""

    def command(*words: str, stdin: str = "") -> Done:
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(stdin.encode())))
        try:
            code: object = run(words)
        except SystemExit as ended:  # argparse has its own end
            code = ended.code
        return Done(code, *capsys.readouterr())

    return command


def test_a_topics_life(bootstrap: str, kbroker: Kbroker) -> None:
    """Create, describe, produce, consume, delete."""
    there = ("--bootstrap", bootstrap)
    assert kbroker("topic", "create", *there, "life:2:retention.ms=1000000").returncode == 0
    waited = kbroker("wait", *there, "--topic", "life", "-o", "json")
    assert json.loads(waited.stdout)["topics"] == ["life"]
    assert "life" in kbroker("topic", "list", *there).stdout.splitlines()
    assert "partitions=2" in kbroker("topic", "describe", *there, "life").stdout
    assert kbroker("produce", *there, "-K", "=", "life", stdin="k=a\nk=b\nk=c\n").returncode == 0
    consumed = kbroker("consume", *there, "-K", "=", "-e", "life").stdout
    counted = kbroker("consume", *there, "--from-beginning", "-n", "2", "life").stdout
    assert (consumed, counted) == ("k=a\nk=b\nk=c\n", "a\nb\n")
    assert kbroker("topic", "delete", *there, "life").returncode == 0
    assert "life" not in kbroker("topic", "list", *there).stdout


def test_failures_are_one_line(bootstrap: str, kbroker: Kbroker) -> None:
    """In the broker's words."""
    there = ("--bootstrap", bootstrap)
    bad_name = kbroker("topic", "create", *there, "a/b")
    unknown = kbroker("topic", "delete", *there, "nope")

    assert bad_name.stderr.startswith("kbroker: a/b: Topic name is invalid")
    assert unknown.stderr == "kbroker: there is no topic 'nope'; kbroker topic list names them\n"
    assert [done.returncode for done in (bad_name, unknown)] == [1, 1]


def test_nobody_is_there() -> None:
    """The process ends with the code of its command."""
    done = subprocess.run(
        [sys.executable, "-m", "kbroker", "wait", "--bootstrap", "127.0.0.1:1", "--timeout", "0.1"],
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    told = "kbroker: no broker at 127.0.0.1:1 after 0.1 seconds\n"
    assert (done.returncode, done.stdout, done.stderr) == (1, "", told)


def test_what_is_served(kbroker: Kbroker) -> None:
    """The table of this build."""
    lines = kbroker("apis").stdout.splitlines()

    assert lines[0].split() == ["0", "PRODUCE", "0-13"]
    assert len(lines) == len(LISTED)
    told = json.loads(kbroker("apis", "-o", "json").stdout)
    assert told[0] == {"key": 0, "name": "PRODUCE", "first": 0, "last": 13}


def test_words_that_make_no_command(kbroker: Kbroker) -> None:
    """argparse says what it knows."""
    assert kbroker("dance").returncode == 2
    assert "serve" in kbroker("--help").stdout
    title, *table = kbroker("--version").stdout.splitlines()
    assert title.startswith("kbroker ")
    assert table == kbroker("apis").stdout.splitlines()


@pytest.mark.parametrize("words", [["apis"], ["--version"], ["--help"], ["topic", "--help"]])
def test_output_that_cannot_be_written(words: list[str]) -> None:
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "kbroker", *words],
            stdout=full, stderr=subprocess.PIPE, text=True, timeout=60, check=False,
        )  # fmt: skip
    told = "kbroker: input or output failed: No space left on device\n"
    assert (done.returncode, done.stderr) == (1, told)


def test_output_that_cannot_say_it() -> None:
    environment = os.environ | {"PYTHONIOENCODING": "ascii"}
    done = subprocess.run(
        [sys.executable, "-m", "kbroker", "topic", "create", "--help"],
        capture_output=True, text=True, timeout=60, check=False, env=environment,
    )  # fmt: skip
    assert done.returncode == 1
    assert done.stderr.startswith("kbroker: no text that can be read or written: 'ascii' codec")
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize(
    "words",
    ["topic describe \udcff", "consume \udcff -e", "group describe \udcff", "produce t -H \udcff=1",
     "produce t -K \udcff", "consume t -f \udcff", "config set topic t a=\udcff"],
)  # fmt: skip
def test_words_that_are_no_text(words: str, capsys: pytest.CaptureFixture[str]) -> None:
    """kafka-python would wait for ever for what it cannot encode."""
    assert run(words.split()) == 1
    assert " is not UTF-8, as names and values have to be\n" in capsys.readouterr().err


def test_a_reader_that_wants_no_more() -> None:
    """As ``head``: nothing has failed."""
    read, write = os.pipe()
    os.close(read)
    done = subprocess.run(
        [sys.executable, "-m", "kbroker", "completion", "bash"],
        stdout=write, stderr=subprocess.PIPE, timeout=60, check=False,
    )  # fmt: skip
    os.close(write)
    assert (done.returncode, done.stderr) == (0, b"")


@pytest.mark.parametrize(
    ("error", "code", "why"),
    [
        (Failure("no such thing"), 1, "kbroker: no such thing\n"),
        (FileNotFoundError(2, "No such file", "a.txt"), 1, "kbroker: a.txt: No such file\n"),
        (OSError(28, "No space"), 1, "kbroker: input or output failed: No space\n"),
        (TimeoutError("timed out"), 1, "kbroker: input or output failed: timed out\n"),
        (KeyboardInterrupt(), 130, ""),
        (BrokenPipeError(), 0, ""),
    ],
)
def test_how_a_command_ends(
    error: BaseException, code: int, why: str, kbroker: Kbroker, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_arguments: argparse.Namespace) -> int:
        raise error

    monkeypatch.setattr("kbroker.cli.apis.run", fail)
    assert kbroker("apis") == (code, "", why)


@pytest.mark.parametrize("words", ["", "--port 5", "serve --port 5"])
def test_a_broker_is_what_runs_where_no_command_is_named(
    words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    served: list[int | None] = []
    monkeypatch.setattr("kbroker.cli.serve.run", lambda given: served.append(given.port) or 0)

    assert run(words.split()) == 0
    assert served == [5 if "5" in words else None]


def test_help_is_that_of_all_commands(kbroker: Kbroker) -> None:
    """And not that of the command that runs where none is named."""
    assert kbroker("-h") == kbroker("--help")
    assert "COMMAND" in kbroker("-h").stdout
    assert kbroker("apis", "--version").returncode == 2


def test_a_closed_output(monkeypatch: pytest.MonkeyPatch) -> None:
    """As a shell closes it, with >&-."""
    monkeypatch.setattr(sys, "stdout", None)
    assert run(["apis"]) == 0


def test_closed_errors(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """As a shell closes them, with 2>&-: they go nowhere, and certainly not into the output."""
    (tmp_path / "empty.index").touch()
    with monkeypatch.context() as patched:
        patched.setattr(sys, "stderr", None)
        assert run(["dump-log", str(tmp_path / "no-such.log")]) == 1
        assert run(["dump-log", str(tmp_path / "empty.index")]) == 0
        sys.stderr.close()
    assert capsys.readouterr().out == ""


def test_garbage_is_collected_again_once_a_command_is_there(kbroker: Kbroker) -> None:
    assert kbroker("apis").returncode == 0
    assert gc.isenabled()
