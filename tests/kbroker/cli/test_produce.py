"""What ``produce`` makes of lines, and what it says of them."""

from __future__ import annotations

import io
import json
import os
import sys
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import kafka
import pytest
from kafka.errors import KafkaError

from kbroker.cli import Parser, produce, run
from kbroker.cli.produce import CODECS
from wire.errors import ErrorCode

Done = Callable[..., str]


def parsed(*words: str) -> Any:
    parser = Parser()
    produce.add_arguments(parser)
    return parser.parse_args(["t", *words])


class Input(io.TextIOWrapper):
    """Standard input; ``typed``: at a terminal."""

    def __init__(self, data: bytes, *, typed: bool = False) -> None:
        super().__init__(io.BytesIO(data))
        self._typed = typed

    def isatty(self) -> bool:
        return self._typed


class Producer:
    """Takes lines and keeps what it was given; some it refuses, and some it cannot store."""

    def __init__(self) -> None:
        self.sent: list[dict[str, Any]] = []

    def send(self, topic: str, value: tuple[bytes | None], **facts: Any) -> Any:
        (line,) = value
        if line == b"refused":
            raise KafkaError("refused")
        self.sent.append({"topic": topic, "value": line, **facts})
        return Stored(line, len(self.sent) - 1)

    def close(self, timeout: float) -> None:
        assert timeout == produce.CLOSE_S


class Stored:
    """A record under way, or at its end."""

    def __init__(self, line: bytes | None, offset: int) -> None:
        self._line, self._offset = line, offset
        self._looks = 0

    @property
    def is_done(self) -> bool:
        """One is slow, and one is only not there when it is first looked for."""
        self._looks += 1
        return self._line != b"slow" and not (self._line == b"late" and self._looks == 1)

    def get(self) -> Any:
        if self._line in (b"lost", b"lost, too"):
            raise KafkaError(self._line.decode())
        return SimpleNamespace(topic="t", partition=0, offset=self._offset, timestamp=5)


@pytest.fixture
def producer(monkeypatch: pytest.MonkeyPatch) -> Producer:
    """The one of the next command; no broker is asked for anything."""
    fake = Producer()
    monkeypatch.setattr(produce, "answering", lambda address: address)
    monkeypatch.setattr(produce, "_check", lambda _: None)
    monkeypatch.setattr(produce, "watched", nullcontext)
    monkeypatch.setattr(produce, "_producer", lambda _: fake)
    return fake


@pytest.mark.parametrize(
    ("data", "words", "records"),
    [
        (b"", "", []),
        (b"a\nb", "", [(None, b"a"), (None, b"b")]),
        (b" a\t \r\n\n", "", [(None, b" a\t \r"), (None, b"")]),
        (b"\xff\0\n", "", [(None, b"\xff\0")]),
        (b"k:v\n", "", [(None, b"k:v")]),
        (b"k:v:w\n:v\nk:\nv\n", "-K :", [(b"k", b"v:w"), (b"", b"v"), (b"k", b""), (None, b"v")]),
        (b"k::v:w\n", "-K ::", [(b"k", b"v:w")]),
        (b"k\tv\n", r"-K \t", [(b"k", b"v")]),
        (b":v\nk:\n\n", "-K : -Z", [(None, b"v"), (b"k", None), (None, None)]),
        (b"\n", "-Z", [(None, None)]),
    ],
)
@pytest.mark.parametrize("typed", [True, False])
def test_lines(
    data: bytes, words: str, records: list[Any], typed: bool, producer: Producer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    """Nothing but their ends is cut off, and the first separator parts the key off."""
    monkeypatch.setattr(sys, "stdin", Input(data, typed=typed))
    assert run(["produce", "t", *words.split()]) == 0
    assert [(record["key"], record["value"]) for record in producer.sent] == records


@pytest.mark.parametrize(
    ("words", "facts"),
    [
        ((), {"headers": [], "partition": None, "timestamp_ms": None}),
        (("-p", "0", "--timestamp", "0"), {"headers": [], "partition": 0, "timestamp_ms": 0}),
        (("-H", "b=1=", "-H", "a=é", "-H", "b="),
         {"headers": [("b", b"1="), ("a", "é".encode()), ("b", b"")], "partition": None,
          "timestamp_ms": None}),
    ],
)  # fmt: skip
def test_what_goes_with_each_line(
    words: tuple[str, ...], facts: dict[str, Any], producer: Producer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr(sys, "stdin", Input(b"a\nb\n"))
    assert run(["produce", "t", *words]) == 0

    assert [record["value"] for record in producer.sent] == [b"a", b"b"]
    assert all(record.items() >= facts.items() for record in producer.sent)


@pytest.fixture
def told(
    producer: Producer, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Any:
    """The offsets that programs are told while lines are typed, then those after the last; and what
    went wrong."""

    def produced(*typed: bytes) -> tuple[list[int], list[int], str]:
        meanwhile: list[str] = []

        class Lines(Input):
            @property
            def buffer(self) -> Any:
                yield from typed
                meanwhile.append(capsys.readouterr().out)

        monkeypatch.setattr(sys, "stdin", Lines(b"", typed=True))
        code = run(["produce", "t", "-o", "json"])
        out, failure = capsys.readouterr()
        assert code == bool(failure)
        texts = ("".join(meanwhile), out)
        early, late = ([json.loads(line) for line in text.splitlines()] for text in texts)
        for line in early + late:
            assert line == {"topic": "t", "partition": 0, "offset": line["offset"], "timestamp": 5}
        return (
            [line["offset"] for line in early],
            [line["offset"] for line in late],
            failure.strip(),
        )

    return produced


@pytest.mark.parametrize(
    ("lines", "early", "late", "failure"),
    [
        ((b"a", b"b"), [0, 1], [], ""),
        ((b"late", b"b", b"c"), [0, 1, 2], [], ""),
        ((b"a", b"slow", b"b"), [0], [1, 2], ""),
        ((b"slow", b"lost", b"b", b"lost, too", b"c"), [], [0, 2, 4], "kbroker: KafkaError: lost"),
        ((b"slow", b"a", b"refused", b"b"), [], [0, 1], "kbroker: KafkaError: refused"),
        ((b"slow", b"lost", b"refused"), [], [0], "kbroker: KafkaError: refused"),
        ((b"a", b"lost", b"b"), [], [0], "kbroker: KafkaError: lost"),
    ],
)
def test_where_each_line_was_written(
    lines: tuple[bytes, ...], early: list[int], late: list[int], failure: str, told: Any
) -> None:
    """In order, as soon as it is known. What first went wrong is told, and what was stored."""
    assert told(*lines) == (early, late, failure)


@pytest.mark.usefixtures("producer")
def test_a_person_is_told_nothing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "stdin", Input(b"a\n"))
    assert run(["produce", "t"]) == 0
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize("words", [("-H", "x"), ("-K", r"\q")])
def test_words_are_looked_at_before_a_topic_is_made(
    words: tuple[str, ...], done: Done, refused: Callable[..., str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr(sys, "stdin", Input(b"a\n"))
    refused("produce", "unmade", *words)
    assert "unmade" not in done("topic", "list")


@pytest.mark.parametrize("codec", CODECS)
def test_codecs(codec: str, monkeypatch: pytest.MonkeyPatch) -> None:
    given: dict[str, Any] = {}
    monkeypatch.setattr(kafka, "KafkaProducer", lambda **facts: given.update(facts))
    produce._producer(parsed("-z", codec))
    assert given["max_request_size"] == 100 << 20, "how long a line may be is the broker's to say"
    assert given["compression_type"] == (None if codec == "none" else codec)
    produce._producer(parsed())
    assert given["compression_type"] is None


def test_how_much_a_bar_stands_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody knows what is in a pipe."""
    (tmp_path / "lines").write_bytes(b"12345")
    read, write = os.pipe()
    os.close(write)
    sizes = []
    for source in (tmp_path / "lines", read):
        with open(source) as stdin, monkeypatch.context() as patched:
            patched.setattr(sys, "stdin", stdin)
            sizes.append(produce._input_size())
    assert sizes == [5, None]


@pytest.mark.parametrize("error", [KafkaError("lost"), KeyboardInterrupt(), OSError("no input")])
def test_the_producer_is_closed_whatever_happens(
    error: BaseException, bootstrap: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What it has taken is still sent."""
    closed: list[dict[str, float]] = []

    def fail(*_: object) -> None:
        raise error

    producer = SimpleNamespace(close=lambda **within: closed.append(within))
    monkeypatch.setattr(produce, "_producer", lambda _: producer)
    monkeypatch.setattr(produce, "_send_lines", fail)
    assert run(["produce", "closed", "-b", bootstrap]) != 0
    assert closed == [{"timeout": produce.CLOSE_S}]


def test_partitions(
    bootstrap: str, done: Done, refused: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each can be chosen, also one of a topic that is not there yet."""
    done("topic", "create", "three:3")
    for words in ("three -p 0", "three -p 2", "new -p 0"):
        monkeypatch.setattr(sys, "stdin", Input(words.encode()))
        done("produce", *words.split())

    assert sorted(done("consume", "three", "-e", "-f", "%p:%s;").split(";")) == [
        "", "0:three -p 0", "2:three -p 2",
    ]  # fmt: skip
    assert done("consume", "new", "-e") == "new -p 0\n"
    assert refused("produce", "three", "-p", "-1") == "three has no partition -1; it has 0 to 2"
    assert refused("produce", "newer", "-p", "1") == "newer has no partition 1; it has 0 to 0"


def test_clients_are_sent_to_any_of_several_brokers(monkeypatch: pytest.MonkeyPatch) -> None:
    """One that answers is enough, so all of them are asked."""
    asked: list[str] = []
    conversation = SimpleNamespace(close=lambda: None)
    monkeypatch.setattr(produce, "conversation", lambda told: asked.append(told) or conversation)
    produce._check_advertised("a:1", [SimpleNamespace(host=host, port=2) for host in "bc"])
    assert asked == ["b:2,c:2"]


@pytest.mark.parametrize("error", [ErrorCode.NONE, ErrorCode.LEADER_NOT_AVAILABLE])
def test_a_topic_that_is_being_made(error: ErrorCode, monkeypatch: pytest.MonkeyPatch) -> None:
    """Has no partitions yet. The producer waits for them."""
    topic = SimpleNamespace(name="t", error_code=error, partitions=[])
    cluster = SimpleNamespace(topics=[topic], brokers=[])
    broker = SimpleNamespace(ask=lambda _: cluster)
    monkeypatch.setattr(produce, "conversation", lambda _: nullcontext(broker))
    monkeypatch.setattr(produce, "_check_advertised", lambda *_: None)
    produce._check(parsed("-p", "0"))
