"""Settings: described, changed, and refused."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from kbroker.cli import run


@pytest.fixture(scope="module", autouse=True)
def topic(bootstrap: str) -> None:
    assert run(["topic", "create", "orders", "--bootstrap", bootstrap]) == 0


def test_set_and_unset(done: Callable[..., str], told: Callable[..., Any]) -> None:
    """What is changed is shown, with where it comes from and what it hides."""
    done("config", "set", "topic", "orders", "compression.type=zstd", "retention.ms=60000")
    changed = {
        setting["name"]: (setting["value"], setting["type"], setting["source"])
        for setting in told("config", "describe", "topic", "orders")
    }
    (codec,) = told("config", "describe", "topic", "orders", "compression.type")
    done("config", "unset", "topic", "orders", "compression.type")
    heading, line = done("config", "describe", "topic", "orders", "compression.type").splitlines()

    assert changed["compression.type"] == ("zstd", "STRING", "DYNAMIC_TOPIC_CONFIG")
    assert changed["retention.ms"] == ("60000", "LONG", "DYNAMIC_TOPIC_CONFIG")
    assert [synonym["value"] for synonym in codec["synonyms"]] == ["zstd", "producer"]
    assert heading.split() == ["NAME", "VALUE", "TYPE", "SOURCE", "READ-ONLY"]
    assert line.split() == ["compression.type", "producer", "STRING", "DEFAULT_CONFIG", "false"]


def test_defaults_are_shown_when_asked_for(told: Callable[..., Any]) -> None:
    """Most of them are."""
    shown = {setting["name"] for setting in told("config", "describe", "broker", "1")}
    everything = {setting["name"] for setting in told("config", "describe", "broker", "1", "--all")}

    assert "node.id" in shown
    assert everything - shown >= {"num.partitions", "log.retention.hours"}


def test_all_brokers(told: Callable[..., Any]) -> None:
    """Have settings of their own."""
    told("config", "set", "broker", "default", "message.max.bytes=5000")
    shown = told("config", "describe", "broker", "default", "message.max.bytes")

    assert [setting["source"] for setting in shown] == ["DYNAMIC_DEFAULT_BROKER_CONFIG"]


def test_a_topic_may_be_named_as_all_brokers_are(
    done: Callable[..., str], told: Callable[..., Any]
) -> None:
    done("topic", "create", "default")
    done("config", "set", "topic", "default", "retention.ms=7")
    (shown,) = told("config", "describe", "topic", "default", "retention.ms")

    assert shown["value"] == "7"


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("set", "topic", "orders", "retention.m=1"),
         "there is no topic setting 'retention.m'; did you mean 'retention.ms'?"),
        (("unset", "topic", "orders", "zzz"),
         "there is no topic setting 'zzz'; kbroker config describe --all names them"),
        (("describe", "topic", "orders", "retentoin.ms"),
         "there is no topic setting 'retentoin.ms'; did you mean 'retention.ms'?"),
        (("set", "broker", "default", "num.partition=1"),
         "there is no broker setting 'num.partition'; did you mean 'num.partitions'?"),
        (("set", "topic", "ordesr", "retention.ms=1"),
         "there is no topic 'ordesr'; did you mean 'orders'?"),
        (("set", "topic", "orders", "compression.type=gzp"),
         "Invalid value gzp for configuration compression.type: String must be one of: "
         "uncompressed, zstd, lz4, snappy, gzip, producer; did you mean 'gzip'?"),
        (("set", "topic", "orders", "retention.ms"),
         "'retention.ms' should look like KEY=VALUE"),
        (("describe", "broker", "7"),
         "Unexpected broker id, expected 1 or empty string, but received 7"),
    ],
)  # fmt: skip
def test_refused(words: tuple[str, ...], why: str, refused: Callable[..., str]) -> None:
    """One line that says what to do."""
    assert refused("config", *words) == why


@pytest.mark.parametrize(
    ("address", "why"),
    [
        ("localhost", "'localhost' is no address; it should look like localhost:9092"),
        ("127.0.0.1:1", "no broker answers at 127.0.0.1:1; kbroker doctor 127.0.0.1:1 looks why"),
    ],
)
def test_nobody_there(address: str, why: str, capsys: pytest.CaptureFixture[str]) -> None:
    """One line."""
    assert run(["config", "describe", "topic", "t", "--bootstrap", address]) == 1
    assert capsys.readouterr().err == f"kbroker: {why}\n"
