"""What commands that talk to a broker share: options as Kafka's own tools have them, and errors."""

from __future__ import annotations

import logging
from contextlib import AbstractContextManager
from typing import Any
from unittest.mock import MagicMock

import pytest
from kafka import KafkaProducer
from kafka.admin import KafkaAdminClient
from kafka.errors import KafkaConnectionError, KafkaError, KafkaTimeoutError, for_code

from kbroker.cli import Failure, run
from kbroker.cli.client import admin, partitions_of, refused, talking_to, told
from wire.errors import ErrorCode

COMMANDS = (
    "topic list", "topic describe options", "group list", "config describe topic options",
    "wait", "doctor", "consume options -e",
)  # fmt: skip


@pytest.mark.parametrize("option", ["-b", "--bootstrap", "--bootstrap-server"])
def test_the_broker_has_kafkas_names(
    bootstrap: str, option: str, capsys: pytest.CaptureFixture[str]
) -> None:
    run(["topic", "create", "options", option, bootstrap])
    capsys.readouterr()
    for command in COMMANDS:
        assert run([*command.split(), option, bootstrap]) == 0, command
        assert capsys.readouterr().err == ""


def test_consuming_as_with_kafkas_tool(bootstrap: str, capsys: pytest.CaptureFixture[str]) -> None:
    """``kafka-console-consumer`` has --from-beginning and --max-messages."""
    run(["topic", "create", "most", "-b", bootstrap])
    producer = KafkaProducer(bootstrap_servers=bootstrap)
    for value in (b"one", b"two", b"three"):
        producer.send("most", value)
    producer.close()
    capsys.readouterr()

    words = ["most", "--from-beginning", "--max-messages", "2", "--bootstrap-server", bootstrap]
    assert run(["consume", *words]) == 0
    assert capsys.readouterr().out == "one\ntwo\n"


@pytest.mark.parametrize("command", ["topic list", "group list", "config describe topic t", "wait",
                                     "consume t", "produce t", "doctor", "telemetry"])  # fmt: skip
def test_the_broker_that_is_not_named(command: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Is the one that serve starts where it is told nothing."""

    def note(arguments: Any) -> int:
        assert arguments.bootstrap == "localhost:9092"
        return 0

    monkeypatch.setattr(f"kbroker.cli.{command.split(maxsplit=1)[0]}.run", note)
    assert run(command.split()) == 0


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (for_code(44)(), "PolicyViolationError"),
        (for_code(44)("no\n  more"), "PolicyViolationError: no more"),
        (for_code(-1)("odd"), "UnknownError: odd"),
        (for_code(44)(None), f"PolicyViolationError: {for_code(44).description}"),
        (KafkaError("a"), "KafkaError: a"),
    ],
)
def test_what_kafka_python_raises(error: KafkaError, line: str) -> None:
    assert told(error) == line
    with pytest.raises(Failure) as failure, talking_to("127.0.0.1:1"):
        raise error
    assert str(failure.value) == line


def test_kafka_python_itself_says_nothing() -> None:
    with talking_to("127.0.0.1:1"):
        assert not logging.getLogger("kafka.conn").isEnabledFor(logging.ERROR)


@pytest.mark.parametrize("error", [KafkaConnectionError(), KafkaTimeoutError("after a minute")])
def test_a_broker_that_is_gone(error: KafkaError) -> None:
    with pytest.raises(Failure, match="no broker answers at "), talking_to("127.0.0.1:1"):
        raise error


def test_a_connection_is_closed_whatever_happens(
    bootstrap: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed: list[Any] = []
    close = KafkaAdminClient.close
    monkeypatch.setattr(
        KafkaAdminClient, "close", lambda client: close(client) or closed.append(client)
    )
    used: AbstractContextManager[Any] = admin(bootstrap)
    with pytest.raises(Failure, match="enough"), used as client:
        raise Failure("enough")
    assert closed == [client]


def test_partitions_are_in_order() -> None:
    client = MagicMock()
    client.describe_topics.return_value = [
        {"name": "t", "error_code": 0, "partitions": [{"partition_index": n} for n in (2, 0, 1)]}
    ]
    assert partitions_of(client, ["t"]) == {"t": [0, 1, 2]}


@pytest.mark.parametrize(
    ("code", "message", "why"),
    [
        (ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, None, "there is no topic 'tt'; did you mean 't'?"),
        (ErrorCode.INVALID_TOPIC_EXCEPTION, None, "'tt' is no name for a topic"),
        (ErrorCode.INVALID_TOPIC_EXCEPTION, "too long", "tt: too long"),
        (ErrorCode.POLICY_VIOLATION, None, f"tt: {for_code(44).description}"),
        (ErrorCode.INVALID_CONFIG, "Unknown topic config name: retention.m",
         "tt: Unknown topic config name: retention.m; did you mean 'retention.ms'?"),
    ],
)  # fmt: skip
def test_what_is_said_of_a_topic(code: ErrorCode, message: str | None, why: str) -> None:
    """The broker's words where it has some, and what may have been meant."""
    client = MagicMock()
    client.list_topics.return_value = ["t"]
    assert str(refused(client, "tt", code, message)) == why
