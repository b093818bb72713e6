"""Settings: sources, layers, and what is refused."""

from __future__ import annotations

import pytest

from kbroker.config import BrokerConfig, ConfigError, environment_settings, read_properties


def test_defaults_are_those_of_the_image() -> None:
    """Kafka's, but for the four that a single node needs."""
    config = BrokerConfig()

    assert config.integer("num.partitions") == 1
    assert config.integer("group.initial.rebalance.delay.ms") == 0
    assert config.integer("offsets.topic.replication.factor") == 1
    assert config.flag("auto.create.topics.enable") is True
    assert config.text("log.cleanup.policy") == "delete"


def test_unknown_names_are_refused_with_the_nearest() -> None:
    """A typing mistake does not go unnoticed."""
    with pytest.raises(ConfigError, match=r"'num\.partition' \(did you mean 'num\.partitions'\?\)"):
        BrokerConfig({"num.partition": "3"})


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
    with pytest.raises(ConfigError, match=message):
        BrokerConfig({name: text})


def test_a_node_has_one_id() -> None:
    """Under its old name or the new one, but not both."""
    assert BrokerConfig({"broker.id": "5"}).integer("node.id") == 5
    with pytest.raises(ConfigError, match="set one of them"):
        BrokerConfig({"broker.id": "5", "node.id": "6"})


def test_topic_defaults_follow_the_broker() -> None:
    """A topic setting takes the broker's value where one is given, in any of its units."""
    assert BrokerConfig().topic_default("retention.ms") == (604800000, 5)
    assert BrokerConfig({"log.retention.hours": "1"}).topic_default("retention.ms") == (3600000, 4)
    config = BrokerConfig({"log.retention.hours": "1", "log.retention.minutes": "2"})
    assert config.topic_default("retention.ms") == (120000, 4)
    assert BrokerConfig({"message.max.bytes": "9"}).topic_default("max.message.bytes") == (9, 4)


def test_properties() -> None:
    """Comments, both separators, continued lines."""
    text = "# c\n! d\n\na=1\nb : 2\nlisteners=PLAINTEXT://:1,\\\n  B://:2\nempty=\nalone\n"

    assert read_properties(text) == {
        "a": "1", "b": "2", "listeners": "PLAINTEXT://:1,B://:2", "empty": "", "alone": "",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("text", "pairs"),
    [
        ("log.dirs /x", {"log.dirs": "/x"}),
        ("a\t=\t1", {"a": "1"}),
        ("a = = 1", {"a": "= 1"}),
        (r"a\ b\=c=d\:e", {"a b=c": "d:e"}),
        (r"a=\t\u00e9\\", {"a": "\té\\"}),
        ("a=1\\\n  # 2\nb=2", {"a": "1# 2", "b": "2"}),
        ("a=1\\\\\nb=2", {"a": "1\\", "b": "2"}),
        ("a=1\rb=2\r\nc=\u20283\\", {"a": "1", "b": "2", "c": "\u20283"}),
    ],
)
def test_properties_as_java_reads_them(text: str, pairs: dict[str, str]) -> None:
    """Blanks separate, too; backslashes escape, or continue a line, which then is no comment."""
    assert read_properties(text) == pairs


def test_an_escape_that_is_none() -> None:
    with pytest.raises(ConfigError, match="four hexadecimal digits"):
        read_properties(r"log.dirs=C:\users")


def test_environment() -> None:
    """KAFKA_ variables as Apache's image maps them; what is no setting is named."""
    settings, ignored = environment_settings(
        {
            "KAFKA_NUM_PARTITIONS": "3",
            "KAFKA_LISTENER_NAME_A___B_SSL": "x",
            "KAFKA_HEAP_OPTS": "-Xmx1G",
            "KAFKA_NO_SUCH_THING": "1",
            "PATH": "/bin",
        }
    )

    assert settings == {"num.partitions": "3"}
    assert ignored == ["KAFKA_LISTENER_NAME_A___B_SSL", "KAFKA_NO_SUCH_THING"]


def test_what_another_release_stored_and_nobody_can_read_does_not_count() -> None:
    config = BrokerConfig({"num.io.threads": "5"})
    config.set_dynamic({"num.io.threads": "none"}, {"num.network.threads": "4"})
    assert (config.integer("num.io.threads"), config.integer("num.network.threads")) == (5, 4)
