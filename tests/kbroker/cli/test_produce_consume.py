"""Records in, records out."""

from __future__ import annotations

import io
import json
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from unittest.mock import MagicMock

import pytest
from kafka import KafkaConsumer
from kafka.errors import KafkaTimeoutError

from kbroker.cli import run
from kbroker.cli.consume import _at_end as at_end
from kbroker.cli.produce import _close as close
from tests.kbroker.cli.serving import first_line, serving

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


def test_a_header_may_hold_what_ends_its_key(produce: Produce, done: Callable[..., str]) -> None:
    """As base64 does at its end."""
    produce("v\n", "signed", "-H", "token=YWI=", "-H", "empty=")
    shown = json.loads(done("consume", "signed", "-e", "-o", "json"))

    assert shown["headers"] == [
        {"key": "token", "value": "YWI="},
        {"key": "empty", "value": ""},
    ]


def test_the_first_of_all_times(produce: Produce, done: Callable[..., str]) -> None:
    """0 is a timestamp, and not the lack of one."""
    produce("v\n", "ancient", "--timestamp", "0")

    assert done("consume", "ancient", "-e", "-f", r"%T\n") == "0\n"


def test_every_partition_is_read(produce: Produce, done: Callable[..., str]) -> None:
    """However many a topic has."""
    done("topic", "create", "many:12")
    for partition in range(12):
        produce(f"{partition}\n", "many", "-p", str(partition))

    assert sorted(done("consume", "many", "-e").splitlines(), key=int) == [
        str(partition) for partition in range(12)
    ]


@pytest.mark.parametrize("behind", range(5))
def test_the_end_is_that_of_every_partition(behind: int) -> None:
    """One that is behind by a record is enough to go on."""
    positions = dict.fromkeys(range(5), 3)
    consumer = MagicMock()
    consumer.assignment.return_value = positions.keys()
    consumer.position.side_effect = lambda partition: positions[partition]
    assert at_end(consumer, dict.fromkeys(range(5), 3))
    positions[behind] = 2
    assert not at_end(consumer, dict.fromkeys(range(5), 3))


def test_a_partition_that_was_added_meanwhile_has_no_end_to_reach() -> None:
    consumer = MagicMock()
    consumer.assignment.return_value = {0, 1}
    consumer.position.side_effect = {0: 3, 1: 0}.get
    assert at_end(consumer, {0: 3})


def test_bytes_that_are_no_text(
    bootstrap: str, done: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Come out as they went in."""
    line, out = b"\xff\0\xfe\r\n", io.BytesIO()
    stdout = io.TextIOWrapper(out)
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(line)))
    done("produce", "raw")
    with monkeypatch.context() as patched:
        patched.setattr(sys, "stdout", stdout)
        assert run(["consume", "raw", "-e", "--bootstrap", bootstrap]) == 0
    assert out.getvalue() == line


def test_an_interrupted_one_says_so(bootstrap: str, produce: Produce) -> None:
    """As the shell has it: 128 and the number of the signal; and nothing is written of it."""
    produce("a\n", "interrupted")
    words = ["consume", "interrupted", "--from", "beginning", "--bootstrap", bootstrap]
    # A shell has what it starts in the background ignore it, and so would the command.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    process = subprocess.Popen(
        [sys.executable, "-m", "kbroker", *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    signal.signal(signal.SIGINT, before)
    assert first_line(process) == b"a\n"
    process.send_signal(signal.SIGINT)

    assert process.communicate(timeout=30) == (b"", b"")
    assert process.returncode == 130


def test_neither_key_nor_value(produce: Produce, done: Callable[..., str]) -> None:
    """Is a record, too."""
    produce("=\n\n", "nothing", "-K", "=", "-Z")
    assert done("consume", "nothing", "-e", "-Z", "-f", "%k-%s ") == "NULL-NULL NULL-NULL "


def test_lines_as_long_as_the_broker_takes_them(produce: Produce, done: Callable[..., str]) -> None:
    line = "x" * (2 << 20) + "\n"
    done("topic", "create", "long:1:max.message.bytes=3000000")
    produce(line, "long")
    assert done("consume", "long", "-e") == line


def test_what_was_stored_before_a_line_that_was_not(
    bootstrap: str,
    done: Callable[..., str],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Is told."""
    done("topic", "create", "short:1:max.message.bytes=1000")
    lines = b"a\n" + b"x" * 2000 + b"\n"
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(lines)))

    assert run(["produce", "short", "-o", "json", "--bootstrap", bootstrap]) == 1
    captured = capsys.readouterr()
    assert json.loads(captured.out)["offset"] == 0
    assert captured.err.startswith("kbroker: MessageSizeTooLargeError: The server has a ")


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


@pytest.mark.parametrize("step", ["write", "flush"])
def test_a_group_sees_again_what_could_not_be_shown(
    step: str,
    produce: Produce,
    done: Callable[..., str],
    refused: Callable[..., str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Whoever read the output is gone in the middle of it."""
    topic = f"broken-{step}"
    produce("a\nb\n", topic)

    class Gone(io.BytesIO):
        pass

    def gone(*_: object) -> None:
        delattr(Gone, step)  # what is tried after it succeeds
        raise OSError("gone")

    with monkeypatch.context() as patched:
        setattr(Gone, step, gone)
        patched.setattr(sys, "stdout", io.TextIOWrapper(Gone()))
        told = refused("consume", topic, "-e", "-g", topic)
    assert told == "input or output failed: gone"

    assert done("consume", topic, "-e", "-g", topic) == "a\nb\n"


@pytest.mark.parametrize(("command", "stream"), [("produce", "stdin"), ("consume", "stdout")])
def test_closed_streams(
    command: str, stream: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """As a shell closes them: <&- and >&-."""
    monkeypatch.setattr(sys, stream, None)
    assert run([command, "pair"]) == 1
    assert " is closed; the records are " in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("consume", "piar"), "there is no topic 'piar'; did you mean 'pair'?"),
        (("consume", "piar", "-g", "g"), "there is no topic 'piar'; did you mean 'pair'?"),
        (("consume", "bad name"), "'bad name' is no name for a topic"),
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


def test_an_address_that_leads_nowhere(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """kafka-python would try it for two minutes."""
    with serving(tmp_path, "--advertise", "127.0.0.1:1") as there:
        assert run(["produce", "t", "--bootstrap", there]) == 1

    told = f"{there} sends clients to 127.0.0.1:1, where no broker answers"
    assert capsys.readouterr().err == f"kbroker: {told}; kbroker doctor {there} looks why\n"


def test_a_producer_that_cannot_send_is_closed_all_the_same() -> None:
    """It would try again at exit, and end with a traceback."""
    producer = MagicMock()
    producer.close.side_effect = [KafkaTimeoutError(), None]
    with pytest.raises(KafkaTimeoutError):
        close(producer)
    assert [name for name, *_ in producer.mock_calls] == [
        "close", "_sender.force_close", "_sender.join", "close",
    ]  # fmt: skip


def test_a_group_is_left_soon(
    produce: Produce, done: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever its other members do meanwhile."""
    produce("a\n", "left")
    budgets: list[int] = []
    leave = KafkaConsumer.close

    def noted(consumer: KafkaConsumer, autocommit: bool, timeout_ms: int) -> None:
        budgets.append(timeout_ms)
        leave(consumer, autocommit=autocommit, timeout_ms=timeout_ms)

    monkeypatch.setattr(KafkaConsumer, "close", noted)
    assert done("consume", "left", "-e", "-g", "left") == "a\n"
    assert max(budgets) <= 5000
