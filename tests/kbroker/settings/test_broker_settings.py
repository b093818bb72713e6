"""What holds on a broker: layers, and what is refused."""

from __future__ import annotations

import pytest

from kbroker.settings.broker_settings import BrokerSettings
from kbroker.settings.definitions.brokers import aliases
from kbroker.settings.setting import SettingError
from kbroker.settings.sources import Source


def test_defaults_are_those_of_the_image() -> None:
    """Kafka's, but for the four that a single node needs."""
    config = BrokerSettings()

    assert config.integer("num.partitions") == 1
    assert config.integer("group.initial.rebalance.delay.ms") == 0
    assert config.integer("offsets.topic.replication.factor") == 1
    assert config.flag("auto.create.topics.enable") is True
    assert config.text("log.cleanup.policy") == "delete"


def test_names_that_kafka_does_not_define_are_kept() -> None:
    """They are for plug-ins, and told with whatever sets them."""
    settings = BrokerSettings({"super.users": "User:a", "my.plugin": "x"})
    settings.set_dynamic({"my.plugin": "y"}, {})

    assert settings.unknown() == [
        ("my.plugin", "y", Source.DYNAMIC_BROKER_CONFIG),
        ("super.users", "User:a", Source.STATIC_BROKER_CONFIG),
        ("my.plugin", "x", Source.STATIC_BROKER_CONFIG),
    ]


def test_internal_settings_are_checked_and_hold() -> None:
    assert BrokerSettings().integer("log.initial.task.delay.ms") == 30_000
    given = BrokerSettings({"log.initial.task.delay.ms": "0"})
    assert given.integer("log.initial.task.delay.ms") == 0
    with pytest.raises(SettingError, match="must be at least 0"):
        BrokerSettings({"log.initial.task.delay.ms": "-1"})


def test_one_listeners_value_stands_before_that_of_all() -> None:
    """As Kafka's brokerConfigSynonyms has it; a mechanism's name may stand between."""
    settings = BrokerSettings(
        {"listener.name.in.max.connections": "5", "listener.name.in.plain.sasl.jaas.config": "x"}
    )
    assert settings.synonyms("listener.name.in.max.connections") == [
        ("listener.name.in.max.connections", "5", Source.STATIC_BROKER_CONFIG),
        ("max.connections", str((1 << 31) - 1), Source.DEFAULT_CONFIG),
    ]
    assert aliases("listener.name.in.plain.sasl.jaas.config").keys() == {
        "listener.name.in.plain.sasl.jaas.config", "sasl.jaas.config",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("num.partitions", "x", "Not a number of type INT"),
        ("num.partitions", str(1 << 31), "Not a number of type INT"),
        ("auto.create.topics.enable", "yes", "either true or false"),
    ],
)
def test_values_are_checked(name: str, text: str, message: str) -> None:
    """In Kafka's words."""
    with pytest.raises(SettingError, match=message):
        BrokerSettings({name: text})


def test_a_node_has_one_id() -> None:
    """Under its old name or the new one, but not both."""
    assert BrokerSettings({"broker.id": "5"}).integer("node.id") == 5
    with pytest.raises(SettingError, match="set one of them"):
        BrokerSettings({"broker.id": "5", "node.id": "6"})


def test_topic_defaults_follow_the_broker() -> None:
    """A topic setting takes the broker's value where one is given, in any of its units."""
    assert BrokerSettings().topic_default("retention.ms") == (604800000, 5)
    assert BrokerSettings({"log.retention.hours": "1"}).topic_default("retention.ms") == (
        3600000,
        4,
    )
    config = BrokerSettings({"log.retention.hours": "1", "log.retention.minutes": "2"})
    assert config.topic_default("retention.ms") == (120000, 4)
    forever = BrokerSettings({"log.retention.hours": "-1"})
    assert forever.topic_default("retention.ms") == (-1, 4)
    assert BrokerSettings({"message.max.bytes": "9"}).topic_default("max.message.bytes") == (9, 4)


def test_what_is_set_for_the_cluster_replaces_what_it_was_formatted_with() -> None:
    config = BrokerSettings({"min.insync.replicas": "2"})
    assert config.cluster_defaults() == {"min.insync.replicas": "2"}
    config.set_dynamic({}, {"min.insync.replicas": "3"})
    assert config.cluster_defaults() == {"min.insync.replicas": "3"}


def test_what_another_release_stored_and_nobody_can_read_does_not_count() -> None:
    config = BrokerSettings({"num.io.threads": "5"})
    config.set_dynamic({"num.io.threads": "none"}, {"num.network.threads": "4"})
    assert (config.integer("num.io.threads"), config.integer("num.network.threads")) == (5, 4)


def test_what_was_given_at_the_start_stays_below_what_is_altered() -> None:
    given = BrokerSettings({"num.partitions": "7", "message.max.bytes": "70"})
    altered = given.altered({"message.max.bytes": "71"}, {})
    assert altered.integer("num.partitions") == 7
    assert altered.integer("message.max.bytes") == 71
    assert given.integer("message.max.bytes") == 70


def test_blanks_around_the_id_of_a_node_do_not_count() -> None:
    assert BrokerSettings({"node.id": " 3", "broker.id": "3 "}).integer("node.id") == 3
