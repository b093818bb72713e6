"""Values that settings can have, and what is told of others."""

from __future__ import annotations

import pytest

from kbroker.settings.definitions import BROKER_SETTINGS, TOPIC_SETTINGS
from kbroker.settings.setting import InvalidValue, Setting

INVALID = "Invalid value"


@pytest.mark.parametrize(
    ("name", "text", "wrong"),
    [
        ("num.partitions", "0", "Value must be at least 1"),
        ("log.cleaner.min.cleanable.ratio", "1.5", f"{INVALID} 1.5 for"),
        ("log.cleaner.min.cleanable.ratio", "2147483647", f"{INVALID} 2.147483647E9 for"),
        ("compression.gzip.level", "10", "Value must be between 1 and 9 or equal to -1"),
        ("group.consumer.migration.policy", "x", "(case insensitive): DISABLED, DOWNGRADE"),
        ("listeners", "", "'listeners' must not be empty. Valid values include: any non-empty"),
        ("process.roles", "", "must not be empty. Valid values include: [broker, controller]"),
        ("process.roles", "x", "String must be one of: broker, controller"),
        ("log.dirs", "a,,b", "'log.dirs' values must not be empty."),
        ("config.providers", ",", "'config.providers' values must not be empty."),
        ("log.dirs", "a,", "'log.dirs' values must not be empty."),
        ("controller.quorum.voters", "host:9", "in the form `{id}@{host}:{port}`"),
        ("controller.quorum.bootstrap.servers", "host", "Failed to parse host name from host for"),
        ("remote.log.metadata.manager.impl.prefix", "", "String must be non-empty"),
        ("num.io.threads", " x ", f"{INVALID}  x  for configuration num.io.threads"),
    ],
)
def test_what_is_wrong(name: str, text: str, wrong: str) -> None:
    with pytest.raises(InvalidValue) as caught:
        BROKER_SETTINGS[name].parse(text)
    assert wrong in str(caught.value)
    assert name in str(caught.value)


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("log.cleanup.policy", "", ""),
        ("log.cleanup.policy", "compact, delete,compact", "compact,delete"),
        ("group.consumer.migration.policy", "Upgrade", "Upgrade"),
        ("controller.quorum.voters", "1@host:9,2@[::1]:9", "1@host:9,2@[::1]:9"),
        ("controller.quorum.bootstrap.servers", "[::1]:9", "[::1]:9"),
        ("compression.gzip.level", "-1", -1),
        ("compression.gzip.level", "9", 9),
        ("log.roll.ms", "-5", -5),
    ],
)
def test_what_is_good(name: str, text: str, value: str | int) -> None:
    assert BROKER_SETTINGS[name].parse(text) == value


@pytest.mark.parametrize("settings", [BROKER_SETTINGS, TOPIC_SETTINGS], ids=["broker", "topic"])
def test_defaults_are_good(settings: dict[str, Setting]) -> None:
    """A default that is not there needs not be."""
    for setting in settings.values():
        if setting.valid is not None and setting.default is not None:
            assert setting.valid(setting.default) is None, setting.name


@pytest.mark.parametrize(
    ("text", "good"),
    [("*", True), ("", True), ("1:2,3:4", True), ("x", False), ("1:2,x", False), ("*,1:2", False)],
)
def test_throttled_replicas(text: str, good: bool) -> None:
    setting = TOPIC_SETTINGS["leader.replication.throttled.replicas"]
    if good:
        assert setting.parse(text) == text
    else:
        with pytest.raises(InvalidValue, match="must be the literal"):
            setting.parse(text)
