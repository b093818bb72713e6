"""A broker in a process of its own, and commands in this one."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from kbroker.cli import run


@pytest.fixture(scope="module")
def bootstrap(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    ready: Path = tmp_path_factory.mktemp("cli") / "ready"
    process = subprocess.Popen(
        [sys.executable, "-m", "kbroker", "--port", "0", "--ready-file", str(ready)],
        stdout=subprocess.PIPE,
    )
    assert process.stdout is not None
    process.stdout.readline()
    yield ready.read_text().strip()
    process.terminate()
    process.communicate(timeout=30)


@pytest.fixture
def done(bootstrap: str, capsys: pytest.CaptureFixture[str]) -> Callable[..., str]:
    """What a command that succeeds prints."""

    def command(*words: str) -> str:
        code = run([*words, "--bootstrap", bootstrap])
        captured = capsys.readouterr()
        assert (code, captured.err) == (0, "")
        return captured.out

    return command


@pytest.fixture
def told(done: Callable[..., str]) -> Callable[..., Any]:
    """What a command tells programs."""
    return lambda *words: json.loads(done(*words, "-o", "json"))


@pytest.fixture
def refused(bootstrap: str, capsys: pytest.CaptureFixture[str]) -> Callable[..., str]:
    """The one line with which a command fails."""

    def command(*words: str) -> str:
        assert run([*words, "--bootstrap", bootstrap]) == 1
        captured = capsys.readouterr()
        assert captured.out == ""
        assert captured.err.count("\n") == 1
        return captured.err.removeprefix("kbroker: ").rstrip()

    return command
