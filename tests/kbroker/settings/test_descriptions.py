"""Settings that are shown only where they were given. test_describe_configs.py has the others."""

from __future__ import annotations

from kbroker.settings.broker_settings import BrokerSettings
from kbroker.settings.descriptions import (
    ConfigEntry,
    broker_entries,
    cluster_entries,
    topic_entries,
)
from kbroker.settings.setting import INT, LONG, PASSWORD, UNTYPED
from kbroker.settings.sources import Source, Synonym


def entry(settings: BrokerSettings, name: str) -> ConfigEntry | None:
    return {each.name: each for each in broker_entries(settings)}.get(name)


def test_an_internal_setting() -> None:
    """As a real Kafka shows ``log.initial.task.delay.ms``."""
    name = "log.initial.task.delay.ms"
    assert entry(BrokerSettings(), name) is None

    shown = entry(BrokerSettings({name: "5"}), name)
    assert shown is not None
    assert (shown.type, shown.value, shown.read_only) == (LONG, "5", True)
    assert shown.synonyms == [
        Synonym(name, "5", Source.STATIC_BROKER_CONFIG),
        Synonym(name, "30000", Source.DEFAULT_CONFIG),
    ]


def test_a_setting_of_a_plug_in_is_a_secret() -> None:
    shown = entry(BrokerSettings({"super.users": "User:a"}), "super.users")
    assert shown == ConfigEntry(
        "super.users",
        UNTYPED,
        None,
        Source.STATIC_BROKER_CONFIG,
        [Synonym("super.users", None, Source.STATIC_BROKER_CONFIG)],
        read_only=True,
    )


def test_a_setting_of_one_listener_has_the_type_of_the_brokers() -> None:
    settings = BrokerSettings()
    name, secret = "listener.name.in.max.connections", "listener.name.in.ssl.key.password"
    settings.set_dynamic({name: "5", secret: "x"}, {name: "6"})

    shown, hidden = entry(settings, name), entry(settings, secret)
    assert shown is not None
    assert (shown.type, shown.value, shown.is_sensitive) == (INT, "5", False)
    assert [(one.name, one.value) for one in shown.synonyms] == [
        (name, "5"), (name, "6"), ("max.connections", "2147483647"),
    ]  # fmt: skip
    assert hidden is not None
    assert (hidden.type, hidden.value, hidden.is_sensitive) == (PASSWORD, None, True)
    [of_all] = [each for each in cluster_entries(settings) if each.name == name]
    assert (of_all.type, of_all.value, len(of_all.synonyms)) == (INT, "6", 1)


def test_an_internal_setting_of_a_topic() -> None:
    names = {each.name for each in topic_entries({}, BrokerSettings())}
    assert "internal.segment.bytes" not in names
    given = {"internal.segment.bytes": "5"}
    shown = {each.name: each for each in topic_entries(given, BrokerSettings())}
    assert shown["internal.segment.bytes"].source is Source.DYNAMIC_TOPIC_CONFIG
