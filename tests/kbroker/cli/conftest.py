"""A broker in a process of its own, and commands in this one."""

from __future__ import annotations

import gc
import json
import os
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from kbroker.cli import run
from tests.kbroker.cli.serving import serving

# The processes that are started here keep output back, as those of a person do.
os.environ.pop("PYTHONUNBUFFERED", None)


@pytest.fixture(scope="module")
def bootstrap(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with serving(tmp_path_factory.mktemp("cli")) as address:
        yield address


@pytest.fixture(autouse=True)
def forgotten_connections(request: pytest.FixtureRequest) -> Iterator[None]:
    """kafka-python 3.0.12 forgets a connection that is being made while its client is closed."""
    yield
    if "bootstrap" in request.fixturenames:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ResourceWarning)
            gc.collect()


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
