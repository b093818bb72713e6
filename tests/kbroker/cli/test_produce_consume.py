"""Records in, records out."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from kbroker.cli import run
from tests.kbroker.cli.serving import serving

Produce = Callable[..., str]
EVERYTHING = r"%p %o %T %k %s %h\n"


@pytest.fixture
def produce(done: Callable[..., str], monkeypatch: pytest.MonkeyPatch) -> Produce:
    """What ``produce`` prints when it is given these lines."""

    def command(lines: str, *words: str) -> str:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(lines.encode())))
        return done("produce", *words)

    return command


@pytest.fixture(scope="module", autouse=True)
def numbers(bootstrap: str) -> None:
    """A topic of two partitions, and nothing in them."""
    assert run(["topic", "create", "pair:2", "--bootstrap", bootstrap]) == 0


def test_all_there_is_to_a_record(produce: Produce, done: Callable[..., str]) -> None:
    """Keys, headers, timestamps, nulls, a codec; a line without a separator has no key."""
    told = produce("a\tb\n\tc\nd\t\ne\n", "full", "-K", r"\t", "-H", "x=1", "-H", "y=2", "-Z",
                   "--timestamp", "1000", "-z", "gzip", "-o", "json")  # fmt: skip
    shown = done("consume", "full", "-e", "-Z", "-f", EVERYTHING).splitlines()

    assert [json.loads(line)["offset"] for line in told.splitlines()] == [0, 1, 2, 3]
    assert shown == [
        "0 0 1000 a b x=1,y=2",
        "0 1 1000 NULL c x=1,y=2",
        "0 2 1000 d NULL x=1,y=2",
        "0 3 1000 NULL e x=1,y=2",
    ]


def test_where_to_start(produce: Produce, done: Callable[..., str]) -> None:
    """An offset, so many before the end, a time, an end."""
    for moment in ("10", "20", "30"):
        produce(f"{moment}\n", "timed", "--timestamp", moment)

    def shown(*words: str) -> list[str]:
        return done("consume", "timed", "-e", *words).split()

    assert shown() == shown("--from-beginning") == shown("--from", "0") == ["10", "20", "30"]
    assert shown("--from", "1") == shown("--from", "-2") == shown("--from", "@11") == ["20", "30"]
    assert shown("--from", "end") == shown("--from", "@31") == []
    assert shown("-n", "1") == ["10"]


def test_partitions(produce: Produce, done: Callable[..., str]) -> None:
    """One of them, or all."""
    produce("a\n", "pair", "-p", "0")
    produce("b\n", "pair", "-p", "1")

    assert done("consume", "pair", "-e", "-p", "1") == "b\n"
    assert sorted(done("consume", "pair", "-e", "-f", "%p%s ").split()) == ["0a", "1b"]


def test_json(produce: Produce, done: Callable[..., str]) -> None:
    """An object a line."""
    produce("k:v\n", "objects", "-K", ":", "--timestamp", "5")
    line = done("consume", "objects", "-e", "-o", "json")

    assert done("consume", "objects", "-e", "-J") == line
    assert json.loads(line) == {
        "topic": "objects", "partition": 0, "offset": 0, "timestamp": 5,
        "timestamp_type": "create", "headers": [], "key": "k", "value": "v",
    }  # fmt: skip


def test_a_group_goes_on_where_it_was(produce: Produce, done: Callable[..., str]) -> None:
    """It commits what it has shown."""
    produce("a\nb\n", "grouped")

    assert done("consume", "grouped", "-e", "-g", "g") == "a\nb\n"
    assert done("consume", "grouped", "-e", "-g", "g") == ""


def test_a_group_commits_no_more_than_was_asked_for(
    produce: Produce, done: Callable[..., str]
) -> None:
    produce("a\nb\nc\n", "counted")

    assert done("consume", "counted", "-n", "1", "-g", "n") == "a\n"
    assert done("consume", "counted", "-e", "-g", "n") == "b\nc\n"


def test_a_group_sees_again_what_could_not_be_shown(
    produce: Produce,
    done: Callable[..., str],
    refused: Callable[..., str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Whoever read the output is gone in the middle of it."""
    produce("a\nb\n", "broken")

    class Gone(io.BytesIO):
        def write(self, _: object) -> int:
            raise OSError("gone")

    with monkeypatch.context() as patched:
        patched.setattr(sys, "stdout", io.TextIOWrapper(Gone()))
        told = refused("consume", "broken", "-e", "-g", "b")
    assert told == "input or output failed: gone"

    assert done("consume", "broken", "-e", "-g", "b") == "a\nb\n"


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("consume", "piar"), "there is no topic 'piar'; did you mean 'pair'?"),
        (("consume", "piar", "-g", "g"), "there is no topic 'piar'; did you mean 'pair'?"),
        (("consume", "pair", "-p", "2"), "pair has no partition 2; it has 0 to 1"),
        (("consume", "pair", "-g", "g", "-p", "0"),
         "-p goes without a group: its members share the partitions out"),
        (("consume", "pair", "-g", "g", "--from", "3"),
         "a group starts where it was; kbroker group reset-offsets moves it"),
        (("produce", "pair", "-p", "2"), "pair has no partition 2; it has 0 to 1"),
        (("produce", "a/b"), "'a/b' is no name for a topic"),
    ],
)  # fmt: skip
def test_refused(words: tuple[str, ...], why: str, refused: Callable[..., str]) -> None:
    """One line that says what to do."""
    assert refused(*words) == why


def test_a_header_that_is_none(
    refused: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It has a key and a value."""
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO()))

    assert refused("produce", "pair", "-H", "x") == "-H x: it should look like KEY=VALUE"


def test_topics_are_not_made_where_the_broker_makes_none(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Said at once, not after a minute."""
    with serving(tmp_path, "-c", "auto.create.topics.enable=false", "--topic", "orders") as there:
        assert run(["produce", "ordesr", "--bootstrap", there]) == 1

    told = capsys.readouterr().err
    assert told == "kbroker: there is no topic 'ordesr'; did you mean 'orders'?\n"
