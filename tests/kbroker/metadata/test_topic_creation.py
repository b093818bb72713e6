"""Checks of new topics, in Kafka's order and words (as a running 4.3.1 gave them)."""

from __future__ import annotations

import pytest

from kbroker.metadata.brokers import NO_QUORUM, BrokerRegistration
from kbroker.metadata.image import MetadataImage
from kbroker.metadata.topic_creation import NewTopic, TopicDefaults, plan_topic
from kbroker.settings.broker_settings import BrokerSettings
from tests.drivers import one_broker
from wire.errors import ErrorCode, KafkaError

DEFAULTS = TopicDefaults(3, 1)


def planned(topic: NewTopic, image: MetadataImage | None = None) -> tuple[int, str | None]:
    with pytest.raises(KafkaError) as raised:
        plan_topic(topic, one_broker() if image is None else image, DEFAULTS)
    return raised.value.code, raised.value.message


@pytest.mark.parametrize(
    ("topic", "code", "message"),
    [
        (NewTopic(""), 17, "Topic name is invalid: the empty string is not allowed"),
        (NewTopic("."), 17, "Topic name is invalid: '.' is not allowed"),
        (NewTopic("a/b"), 17, "Topic name is invalid: 'a/b' contains one or more characters other "
         "than ASCII alphanumerics, '.', '_' and '-'"),
        (NewTopic("x" * 250), 17, f"Topic name is invalid: the length of '{'x' * 250}' is longer "
         "than the max allowed length 249"),
        (NewTopic("t", 0), 37, "Number of partitions was set to an invalid non-positive value."),
        (NewTopic("t", -2), 37, "Number of partitions was set to an invalid non-positive value."),
        (NewTopic("t", 1, -2), 38, "Replication factor must be larger than 0, or -1 to use the "
         "default value."),
        (NewTopic("a\n"), 17, "Topic name is invalid: 'a\n' contains one or more characters other "
         "than ASCII alphanumerics, '.', '_' and '-'"),
        (NewTopic("t", -1, -1, [(0, [7, 5])]), 39, "The manual partition assignment includes "
         "broker 5, but no such broker is registered."),
        (NewTopic("t", -1, -1, [(-1, [1]), (0, [1])]), 39, "partitions should be a consecutive "
         "0-based integer sequence"),
        (NewTopic("t", -1, -1, [(0, [1]), (0, [5])]), 39, "Found multiple manual partition "
         "assignments for partition 0"),
        (NewTopic("t", 0, 0), 38, "Replication factor must be larger than 0, or -1 to use the "
         "default value."),
        (NewTopic("t", 1, 0), 38, "Replication factor must be larger than 0, or -1 to use the "
         "default value."),
        (NewTopic("t", 1, 2), 38, "Unable to replicate the partition 2 time(s): The target "
         "replication factor of 2 cannot be reached because only 1 broker(s) are registered or "
         "some brokers have all their log directories cordoned."),
        (NewTopic("t", -1, -1, [(0, [5])]), 39, "The manual partition assignment includes broker "
         "5, but no such broker is registered."),
        (NewTopic("t", -1, -1, [(0, [])]), 39, "The manual partition assignment includes an empty "
         "replica list."),
        (NewTopic("t", -1, -1, [(0, [1, 1])]), 39, "The manual partition assignment includes the "
         "broker 1 more than once."),
        (NewTopic("t", -1, -1, [(1, [1])]), 39, "partitions should be a consecutive 0-based "
         "integer sequence"),
        (NewTopic("t", -1, -1, [(0, [5]), (0, [1])]), 39, "The manual partition assignment "
         "includes broker 5, but no such broker is registered."),
        (NewTopic("t", -1, -1, [(0, [1]), (0, [1])]), 39, "Found multiple manual partition "
         "assignments for partition 0"),
        (NewTopic("t", -1, 1, [(0, [1])]), 42, "A manual partition assignment was specified, but "
         "replication factor was not set to -1."),
        (NewTopic("t", configs={"nope": "1"}), 40, "Unknown topic config name: nope"),
        (NewTopic("t", configs={"retention.ms": "x", "nope": "1"}), 40,
         "Unknown topic config name: nope"),
        (NewTopic("t", configs={"nope": "1"}, nulls=["b", "a", "b"]), 40,
         "Null value not supported for topic configs: b,a,b"),
        (NewTopic("t", nulls=["retention.ms"]), 40, "Null value not supported for topic "
         "configs: retention.ms"),
        (NewTopic("t", configs={"min.compaction.lag.ms": "5", "max.compaction.lag.ms": "4"}), 40,
         "conflict topic config setting min.compaction.lag.ms (5) > max.compaction.lag.ms (4)"),
        (NewTopic("t", 1, 9, configs={"remote.storage.enable": "true"}), 40,
         "Tiered Storage functionality is disabled in the broker. Topic cannot be configured with "
         "remote log storage."),
    ],
)  # fmt: skip
def test_refused(topic: NewTopic, code: int, message: str) -> None:
    """One mistake, one code, one text."""
    assert planned(topic) == (code, message)


def test_names_that_exist_or_collide() -> None:
    """A dot and an underscore are the same in metric names, so such topics exclude each other."""
    existing = plan_topic(NewTopic("x.a_b"), one_broker(), DEFAULTS)
    image = one_broker().changed(0, [existing])

    assert planned(NewTopic("x.a_b"), image)[0] == ErrorCode.TOPIC_ALREADY_EXISTS
    assert planned(NewTopic("x_a.b"), image) == (
        ErrorCode.INVALID_TOPIC_EXCEPTION,
        "Topic 'x_a.b' collides with existing topic: x.a_b",
    )


def test_planned() -> None:
    """Defaults are filled in, and each topic gets an id of its own."""
    first = plan_topic(NewTopic("a"), one_broker(), DEFAULTS)
    second = plan_topic(NewTopic("b", configs={"retention.ms": "5"}), one_broker(), DEFAULTS)

    assert [partition.index for partition in first.partitions] == [0, 1, 2]
    assert {partition.leader for partition in first.partitions} == {1}
    assert first.topic_id != second.topic_id
    assert second.configs == {"retention.ms": "5"}


def two_brokers() -> MetadataImage:
    return one_broker().with_broker(BrokerRegistration(2, {}), NO_QUORUM)


def test_a_manual_assignment_is_kept_in_its_order() -> None:
    """Partitions by their index; the first replica of each is its preferred leader."""
    topic = NewTopic("t", assignments=[(1, [2, 1]), (0, [1, 2])])
    first, second = plan_topic(topic, two_brokers(), DEFAULTS).partitions

    assert (first.replicas, first.isr, first.leader) == ((1, 2), (1, 2), 1)
    assert (second.replicas, second.isr, second.leader) == ((2, 1), (2, 1), 2)


@pytest.mark.parametrize(
    ("assignments", "message"),
    [
        ([(0, [1, 2]), (1, [1])], "The manual partition assignment includes a partition with 1 "
         "replica(s), but this is not consistent with previous partitions, which have 2 "
         "replica(s)."),
        ([(0, [1, 2, 1])], "The manual partition assignment includes the broker 1 more than once."),
    ],
)  # fmt: skip
def test_manual_assignments_that_are_refused(
    assignments: list[tuple[int, list[int]]], message: str
) -> None:
    assert planned(NewTopic("t", assignments=assignments), two_brokers()) == (39, message)


def test_the_longest_name() -> None:
    assert plan_topic(NewTopic("x" * 249), one_broker(), DEFAULTS).name == "x" * 249


def test_the_defaults_are_those_of_the_broker() -> None:
    settings = BrokerSettings({"num.partitions": "3", "default.replication.factor": "2"})
    assert TopicDefaults.of(settings) == (3, 2)
