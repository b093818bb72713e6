"""Settings: described, changed, and refused."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest.mock import MagicMock

import pytest

from kbroker.cli import Failure, Parser, config, run
from kbroker.settings.sources import Source
from tests.kbroker.cli.serving import serving


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


def test_several_at_once(done: Callable[..., str], told: Callable[..., Any]) -> None:
    """All of them are changed and told, and shown in the order that was asked for."""
    done("topic", "create", "several")
    settings = ("retention.ms=1000", " segment.bytes =2000000", "cleanup.policy=compact,delete")
    assert told("config", "set", "topic", "several", *settings) == [
        {"name": "retention.ms", "value": "1000"}, {"name": "segment.bytes", "value": "2000000"},
        {"name": "cleanup.policy", "value": "compact,delete"},
    ]  # fmt: skip
    names = ("segment.bytes", "cleanup.policy", "retention.ms")
    shown = told("config", "describe", "topic", "several", *names)
    assert [(each["name"], each["value"]) for each in shown] == [
        ("segment.bytes", "2000000"), ("cleanup.policy", "compact,delete"),
        ("retention.ms", "1000"),
    ]  # fmt: skip
    assert told("config", "unset", "topic", "several", "segment.bytes", "retention.ms") == [
        {"name": "segment.bytes", "value": None}, {"name": "retention.ms", "value": None},
    ]  # fmt: skip
    left = [each["name"] for each in told("config", "describe", "topic", "several")]
    assert not {"segment.bytes", "retention.ms"} & set(left)
    assert "cleanup.policy" in left


@pytest.mark.parametrize(
    ("kind", "name", "setting", "value"),
    [
        ("group", "g", "consumer.session.timeout.ms", "50000"),
        ("client-metrics", "all", "match", "client_id=a.*"),
        ("broker", "1", "log.cleaner.threads", "2"),
        ("broker-logger", "1", "kbroker", "ERROR"),
    ],
)
def test_every_kind(
    kind: str, name: str, setting: str, value: str, done: Callable[..., str],
    told: Callable[..., Any],
) -> None:  # fmt: skip
    """Has settings of its own. A value may hold what ends a name."""
    done("config", "set", kind, name, f"{setting}={value}")
    (shown,) = told("config", "describe", kind, name, setting)
    done("config", "unset", kind, name, setting)
    (before,) = told("config", "describe", kind, name, setting)

    assert shown["value"] == value
    assert before["value"] != value


def test_a_kind_that_is_none(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        run(["config", "set", "cluster", "x", "a=b"])
    assert "there is no kind 'cluster'; there are topic, broker, broker-logger, client-metrics" in (
        capsys.readouterr().err
    )


def test_settings_of_all_brokers_are_those_of_any(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whatever its number is."""
    with serving(tmp_path, "-c", "node.id=7") as address:
        words = ["broker", "default", "-b", address]
        assert run(["config", "set", *words, "log.cleaner.threads=2"]) == 0
        assert run(["config", "set", *words, "log.cleaner.thread=2"]) == 1
    assert "did you mean 'log.cleaner.threads'?" in capsys.readouterr().err


def parsed(*words: str) -> Any:
    parser = Parser()
    config.add_arguments(parser)
    return parser.parse_args(list(words))


def broker(*answers: Any) -> MagicMock:
    """One that answers what it likes, one after the other."""
    fake = MagicMock()
    fake.ask.side_effect = answers
    fake.topic_names.return_value = []
    return fake


def described(*names: str, error: int = 0, message: str | None = None) -> Any:
    configs = [
        SimpleNamespace(name=name, value=None, config_type=99, read_only=False, is_sensitive=True,
                        config_source=Source.STATIC_BROKER_CONFIG, synonyms=[])
        for name in names
    ]  # fmt: skip
    result = SimpleNamespace(error_code=error, error_message=message, configs=configs)
    return SimpleNamespace(results=[result])


def altered(error: int, message: str | None) -> Any:
    return SimpleNamespace(responses=[SimpleNamespace(error_code=error, error_message=message)])


def test_what_is_secret(capsys: pytest.CaptureFixture[str]) -> None:
    """Has no value to show; a type that is not known has no name."""
    config._describe(broker(described("password")), parsed("describe", "broker", "1", "-o", "json"))
    told = capsys.readouterr().out
    config._describe(broker(described("password")), parsed("describe", "broker", "1"))
    line = capsys.readouterr().out.splitlines()[1]

    assert '"read_only": false, "sensitive": true' in told
    assert line.split() == ["password", "-", "-", "STATIC_BROKER_CONFIG", "false"]


@pytest.mark.parametrize(
    ("answers", "why"),
    [
        ([described(error=-1)], "UNKNOWN_SERVER_ERROR"),
        ([described(error=29, message="not yours")], "not yours"),
        ([described("a"), altered(-1, None)], "UNKNOWN_SERVER_ERROR"),
        ([described("a"), altered(40, "odd")], "odd"),
        ([described(), altered(40, "odd")], "odd"),
        ([described("b", "ab")], "there is no group setting 'a'; did you mean 'ab'?"),
    ],
)
def test_answers_that_are_errors(answers: list[Any], why: str) -> None:
    """In the broker's words if it has some. What it does not describe, it may know all the same."""
    with pytest.raises(Failure) as failure:
        config._set(broker(*answers), parsed("set", "group", "g", "a=1"))
    assert str(failure.value) == why


def test_each_of_several_is_checked() -> None:
    """Before any is changed."""
    for words in (("describe", "group", "g", "a", "x"), ("set", "group", "g", "a=1", "x=1"),
                  ("unset", "group", "g", "a", "x")):  # fmt: skip
        with pytest.raises(Failure, match="there is no group setting 'x'"):
            config._VERBS[words[0]][1](broker(described("a")), parsed(*words))
