"""Kafka's checks of values, in Kafka's words."""

from __future__ import annotations

import pytest

from kbroker.settings.definitions import BROKER_SETTINGS, TOPIC_SETTINGS
from kbroker.settings.setting import InvalidValue, text_of


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("retention.ms", "abc", "Invalid value abc for configuration retention.ms: "
         "Not a number of type LONG"),
        ("retention.ms", "-5", "Invalid value -5 for configuration retention.ms: "
         "Value must be at least -1"),
        ("cleanup.policy", "nope", "Invalid value nope for configuration cleanup.policy: "
         "String must be one of: compact, delete"),
        ("compression.lz4.level", "99", "Invalid value 99 for configuration compression.lz4.level: "
         "Value must be no more than 17"),
        ("min.cleanable.dirty.ratio", "x", "Invalid value x for configuration "
         "min.cleanable.dirty.ratio: Not a number of type DOUBLE"),
        ("retention.ms", "1_000", "Invalid value 1_000 for configuration retention.ms: "
         "Not a number of type LONG"),
        ("leader.replication.throttled.replicas", "x,x",
         "Invalid value [x, x] for configuration leader.replication.throttled.replicas: "
         "leader.replication.throttled.replicas must be the literal '*' or a list of replicas in "
         "the following format: [partitionId]:[brokerId],[partitionId]:[brokerId],..."),
    ],
)  # fmt: skip
def test_invalid(name: str, text: str, message: str) -> None:
    """The message reaches clients as it is."""
    with pytest.raises(InvalidValue) as raised:
        TOPIC_SETTINGS[name].parse(text)
    assert str(raised.value) == message


def test_valid() -> None:
    """Values come back typed."""
    assert TOPIC_SETTINGS["cleanup.policy"].parse("compact,delete") == "compact,delete"
    assert TOPIC_SETTINGS["min.cleanable.dirty.ratio"].parse("0.1") == 0.1
    assert TOPIC_SETTINGS["preallocate"].parse("TRUE") is True
    assert TOPIC_SETTINGS["compression.gzip.level"].parse("-1") == -1
    assert TOPIC_SETTINGS["preallocate"].parse("\x01true") is True
    assert TOPIC_SETTINGS["cleanup.policy"].parse("delete , delete") == "delete"


def test_no_range_refuses_what_is_no_number() -> None:
    assert str(TOPIC_SETTINGS["min.cleanable.dirty.ratio"].parse("NaN")) == "nan"


def test_topic_settings_name_broker_settings_that_exist() -> None:
    """Each default has its place."""
    for setting in TOPIC_SETTINGS.values():
        assert setting.broker is None or setting.broker in BROKER_SETTINGS, setting.name


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.001, "0.001"), (0.0009, "9.0E-4"), (9999999.0, "9999999.0"), (1e7, "1.0E7"),
        (-0.5, "-0.5"), (-1.25e8, "-1.25E8"), (0.0, "0.0"), (float("nan"), "NaN"),
        (float("-inf"), "-Infinity"),
    ],
)  # fmt: skip
def test_doubles_are_shown_as_java_shows_them(value: float, text: str) -> None:
    assert text_of(value) == text
