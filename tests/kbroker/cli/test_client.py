"""Options that users of Kafka's own tools type."""

from __future__ import annotations

import pytest
from kafka import KafkaProducer

from kbroker.cli import run

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
