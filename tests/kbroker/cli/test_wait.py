"""What ``wait`` waits for."""

from __future__ import annotations

import json
from collections.abc import Callable
from itertools import count
from types import SimpleNamespace
from typing import Any

import kafka.admin
import pytest
from kafka.errors import KafkaConnectionError, NotControllerError

from kbroker.cli import Parser, run, wait


def test_a_topic_that_is_there(
    bootstrap: str, done: Callable[..., str], told: Callable[..., Any]
) -> None:
    """A person is told nothing, a program what there is."""
    done("topic", "create", "there")

    assert done("wait", "--topic", "there") == ""
    assert told("wait", "--topic", "there") == {"bootstrap": bootstrap, "topics": ["there"]}


def test_a_topic_that_does_not_come(bootstrap: str, refused: Callable[..., str]) -> None:
    """The broker alone is not enough."""
    why = refused("wait", "--topic", "missing", "--timeout", "0.1")

    assert why == f"no topic missing at {bootstrap} after 0.1 seconds"


class Answers:
    """In place of kafka-python's client: what becomes of one attempt after the other. What cannot
    be connected to fails at once, what is told to fail does so when it is asked."""

    def __init__(self, *answers: Any) -> None:
        self.left = list(answers)
        self.made = 0
        self.closed = 0

    def __call__(self, bootstrap_servers: str, bootstrap_timeout_ms: int) -> Any:
        assert (bootstrap_servers, bootstrap_timeout_ms) == ("a:1", 1000)
        self.answer = self.left.pop(0)
        if isinstance(self.answer, KafkaConnectionError):
            raise self.answer
        self.made += 1
        return self

    def list_topics(self) -> list[str]:
        if isinstance(self.answer, Exception):
            raise self.answer
        return list(self.answer)

    def close(self) -> None:
        self.closed += 1


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Answers]:
    """Each attempt takes no time, and a second passes after it."""
    seconds = count()
    pause = SimpleNamespace(monotonic=lambda: next(seconds), sleep=lambda _: None)
    monkeypatch.setattr(wait, "time", pause)

    def given(*answers: Any) -> Answers:
        client = Answers(*answers)
        monkeypatch.setattr(kafka.admin, "KafkaAdminClient", client)
        return client

    return given


NOBODY, BUSY, GONE = KafkaConnectionError("nobody"), NotControllerError(), OSError("gone")


@pytest.mark.parametrize(
    ("words", "given"),
    [
        ("", [[]]),
        ("", [NOBODY, BUSY, GONE, ["t"]]),
        ("--topic t", [NOBODY, [], ["other"], ["other", "t"]]),
        ("--timeout 0", [["t"]]),
        ("--timeout 3", [NOBODY, NOBODY, ["t"]]),
    ],
)
def test_what_comes_in_time(
    words: str, given: list[Any], answers: Callable[..., Answers],
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    """It is tried again and again, and each connection that was made is closed."""
    client = answers(*given)
    assert run(["wait", "-b", "a:1", "-o", "json", *words.split()]) == 0
    assert json.loads(capsys.readouterr().out) == {"bootstrap": "a:1", "topics": given[-1]}
    assert (client.left, client.closed) == ([], client.made)


@pytest.mark.parametrize(
    ("words", "given", "why"),
    [
        ("--timeout 0", [NOBODY], "no broker at a:1 after 0 seconds"),
        ("--timeout 0.5", [GONE], "no broker at a:1 after 0.5 seconds"),
        ("--timeout 3", [NOBODY, BUSY, NOBODY], "no broker at a:1 after 3 seconds"),
        ("--timeout 2 --topic t", [NOBODY, ["u"]], "no topic t at a:1 after 2 seconds"),
    ],
)
def test_what_does_not_come(
    words: str, given: list[Any], why: str, answers: Callable[..., Answers],
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    """One line says what was lacking in the end."""
    client = answers(*given)
    assert run(["wait", "-b", "a:1", *words.split()]) == 1
    assert capsys.readouterr() == ("", f"kbroker: {why}\n")
    assert (client.left, client.closed) == ([], client.made)


def test_how_long_it_waits() -> None:
    """Ten seconds, where nothing else is said."""
    parser = Parser()
    wait.add_arguments(parser)
    assert parser.parse_args([]).timeout == 10
