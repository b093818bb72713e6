"""What ``consume`` reads, how it shows it, and when it ends."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import MagicMock

import pytest
from kafka import KafkaProducer

from kbroker.cli import Parser, consume, run
from tests.kbroker.cli.test_record_format import record

Done = Callable[..., str]
RECORDS = 3


@pytest.fixture(scope="module", autouse=True)
def topic(bootstrap: str) -> None:
    """``two`` has three records in each of its two partitions."""
    assert run(["topic", "create", "two:2", "-b", bootstrap]) == 0
    producer = KafkaProducer(bootstrap_servers=bootstrap)
    for number in range(RECORDS):
        for partition in (0, 1):
            producer.send("two", b"%d" % number, partition=partition)
    producer.close()


def parsed(words: str) -> Any:
    parser = Parser()
    consume.add_arguments(parser)
    return parser.parse_args(["t", *words.split()])


@pytest.mark.parametrize(
    ("words", "full", "null"),
    [
        ("", b"val\n", b"\n"),
        ("-Z", b"val\n", b"NULL\n"),
        ("-K :", b"k:val\n", b":\n"),
        (r"-K \t -Z", b"k\tval\n", b"NULL\tNULL\n"),
        ("-f %s;", b"val;", b";"),
        ("-f %s; -K : -Z", b"val;", b"NULL;"),
        ("-o text", b"val\n", b"\n"),
    ],
)
def test_a_line(words: str, full: bytes, null: bytes) -> None:
    """A format says all; without one the key is shown where there is something to part it off."""
    line = consume._line(parsed(words))

    assert line(record()) == full
    assert line(record(key=None, value=None)) == null


def test_words_that_are_empty() -> None:
    """Are what was asked for: nothing between key and value, or nothing at all."""
    words = parsed("")
    words.separator = ""
    assert consume._line(words)(record()) == b"kval\n"
    words.format = ""
    assert consume._line(words)(record()) == b""


@pytest.mark.parametrize("words", ["-J", "-o json", "-o json -f %s -K :"])
def test_programs_get_json_whatever_else_is_asked_for(words: str) -> None:
    assert consume._line(parsed(words))(record()).startswith(b'{"topic": "t"')


@pytest.fixture
def begun(done: Done, monkeypatch: pytest.MonkeyPatch) -> Callable[..., dict[int, int]]:
    """Where consumers of topic ``two`` begin."""
    noted: dict[int, int] = {}

    def note(consumer: Any, _arguments: object, _ends: object) -> Iterator[list[Any]]:
        noted.update((each.partition, consumer.position(each)) for each in consumer.assignment())
        return iter(())

    def command(*words: str) -> dict[int, int]:
        noted.clear()
        with monkeypatch.context() as patched:
            patched.setattr(consume, "_polled", note)
            assert done("consume", "two", *words) == ""
        return dict(noted)

    return command


@pytest.mark.parametrize(
    ("words", "positions"),
    [
        ("", {0: RECORDS, 1: RECORDS}),
        ("-e", {0: 0, 1: 0}),
        ("-n 5", {0: RECORDS, 1: RECORDS}),
        ("-e --from end", {0: RECORDS, 1: RECORDS}),
        ("--from-beginning", {0: 0, 1: 0}),
        ("--from -1", {0: 2, 1: 2}),
        ("-e -p 1", {1: 0}),
        ("-e -p 1 -p 0", {0: 0, 1: 0}),
    ],
)
def test_where_it_begins(
    words: str, positions: dict[int, int], begun: Callable[..., dict[int, int]]
) -> None:
    """At the end, unless it stops there; the partitions may be chosen."""
    assert begun(*words.split()) == positions


def test_who_is_in_no_group_makes_none(done: Done) -> None:
    before = done("group", "list")
    assert done("consume", "two", "-e").count("\n") == 2 * RECORDS
    assert done("group", "list") == before


@pytest.mark.parametrize(
    ("words", "total"),
    [("-e", 2 * RECORDS), ("-e -p 0", RECORDS), ("-e --from 2", 2), ("-e -n 4", 4), ("-n 0", None)],
)
def test_how_much_a_bar_stands_for(
    words: str, total: int | None, done: Done, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What will be shown, where that is known."""
    totals: list[int | None] = []

    @contextmanager
    def progress(total: int | None, _unit: str, *, beside_output: bool) -> Iterator[Any]:
        assert beside_output
        totals.append(total)
        yield lambda _count: None

    monkeypatch.setattr(consume, "progress", progress)
    shown = done("consume", "two", *words.split())
    assert totals == [total]
    assert shown.count("\n") == (total or 0)


@pytest.mark.parametrize(
    ("words", "asked"), [("-n 1200", [500, 500, 200]), ("-n 500", [500]), ("-n 0", [])]
)
def test_no_more_is_read_than_was_asked_for(words: str, asked: list[int]) -> None:
    consumer = MagicMock()
    consumer.poll.side_effect = lambda timeout_ms, max_records: {
        "t-0": ["a"] * (max_records - 1), "t-1": ["b"]
    }  # fmt: skip
    found = list(consume._polled(consumer, parsed(words), {}))

    assert [len(records) for records in found] == asked
    assert [call.kwargs["max_records"] for call in consumer.poll.mock_calls] == asked


def test_a_group_may_begin_at_the_end(bootstrap: str, done: Done) -> None:
    """Where it has read nothing yet; from there on it goes on where it was."""
    assert done("consume", "two", "-e", "-g", "late", "--from", "end") == ""
    assert done("consume", "two", "-e", "-g", "late") == ""
    assert done("consume", "two", "-e", "-g", "early", "--from", "beginning").count("\n") == 6


def test_a_topic_that_ends_with_a_marker(bootstrap: str, done: Done) -> None:
    """Nobody is shown it, and nobody waits for it."""
    producer = KafkaProducer(bootstrap_servers=bootstrap, transactional_id="x")
    producer.init_transactions()
    producer.begin_transaction()
    producer.send("marked", b"one")
    producer.flush()
    producer.commit_transaction()
    producer.close()

    assert done("consume", "marked", "-e") == "one\n"
    assert done("consume", "marked", "-e", "-g", "marked") == "one\n"


@pytest.mark.parametrize("words", ["consume two -e", "produce two"])
def test_a_broker_that_goes_away_meanwhile_is_told(
    words: str, bootstrap: str, done: Done, monkeypatch: pytest.MonkeyPatch
) -> None:
    watched: list[str] = []

    @contextmanager
    def watch(address: str) -> Iterator[None]:
        watched.append(address)
        yield

    monkeypatch.setattr(f"kbroker.cli.{words.split(maxsplit=1)[0]}.watched", watch)
    monkeypatch.setattr("kbroker.cli.produce._send_lines", lambda *_: None)
    done(*words.split())
    assert watched == [bootstrap]


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ("-p 0 -p 2", "two has no partition 2; it has 0 to 1"),
        ("-p -1", "two has no partition -1; it has 0 to 1"),
        ("-g g --from 0", "a group starts where it was; kbroker group reset-offsets moves it"),
        ("-g g --from @0", "a group starts where it was; kbroker group reset-offsets moves it"),
    ],
)
def test_refused(words: str, why: str, refused: Callable[..., str]) -> None:
    assert refused("consume", "two", *words.split()) == why
