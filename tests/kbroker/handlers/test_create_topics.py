"""CreateTopics: each topic by itself (as a running 4.3.1 answers)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.drivers import COMMITS_AT_ONCE, BrokerDriver
from wire.errors import ErrorCode
from wire.messages.create_topics import (
    CreatableReplicaAssignment,
    CreatableTopic,
    CreatableTopicConfig,
    CreateTopicsRequest,
)
from wire.messages.metadata import MetadataRequest, MetadataRequestTopic


def wanted(name: str, partitions: int = 1, factor: int = 1, **more: Any) -> CreatableTopic:
    fields = {"assignments": [], "configs": []} | more
    return CreatableTopic(name=name, num_partitions=partitions, replication_factor=factor, **fields)


def ask(broker: BrokerDriver, *topics: CreatableTopic, version: int = 7, **fields: Any) -> Any:
    request = CreateTopicsRequest(topics=list(topics), timeout_ms=1000, **fields)
    return broker.connect().ask(request, version).topics


@pytest.mark.parametrize("version", range(2, 8))
def test_created(broker: BrokerDriver, version: int) -> None:
    """It is there when the answer comes, with all that the version tells."""
    (topic,) = ask(broker, wanted("t", 3), version=version)

    assert (topic.error_code, topic.error_message) == (0, None)
    image = broker.node.metadata.image.topic("t")
    assert image is not None
    assert len(image.partitions) == 3
    if version >= 5:
        assert (topic.num_partitions, topic.replication_factor, len(topic.configs)) == (3, 1, 33)
    if version >= 7:
        assert topic.topic_id == image.topic_id


def test_configs_are_told_with_their_source(broker: BrokerDriver) -> None:
    """As given (1), of the cluster (3), or by default (5); a text comes back unchanged."""
    given = [CreatableTopicConfig(name="retention.ms", value=" 5 ")]
    (topic,) = ask(broker, wanted("t", configs=given))
    configs = {config.name: (config.value, config.config_source) for config in topic.configs}

    assert configs["retention.ms"] == (" 5 ", 1)
    assert configs["min.insync.replicas"] == ("1", 3)
    assert configs["segment.bytes"] == ("1073741824", 5)


def test_configs_of_topics_are_no_secrets(broker: BrokerDriver) -> None:
    """Clients show no value that is sensitive."""
    (topic,) = ask(broker, wanted("t"))

    assert {(config.read_only, config.is_sensitive) for config in topic.configs} == {(False, False)}


def test_some_fail_and_some_do_not(broker: BrokerDriver) -> None:
    """A failure tells -1 for all numbers and no configs."""
    bad, good = ask(broker, wanted("a/b"), wanted("t"))

    assert (bad.error_code, bad.num_partitions, bad.configs) == (17, -1, [])
    assert good.error_code == 0


def test_only_validated(broker: BrokerDriver) -> None:
    """Everything is checked and nothing is made."""
    good, bad = ask(broker, wanted("t"), wanted("u", 0), validate_only=True)

    assert (good.error_code, bad.error_code) == (0, ErrorCode.INVALID_PARTITIONS)
    assert len(broker.node.metadata.image) == 0


def test_named_twice(broker: BrokerDriver) -> None:
    """One answer, INVALID_REQUEST."""
    (topic,) = ask(broker, wanted("t"), wanted("t"))

    assert (topic.error_code, topic.error_message) == (42, "Duplicate topic name.")


def test_too_many_partitions(broker: BrokerDriver) -> None:
    """Ten thousand in one request are the most."""
    (topic,) = ask(broker, wanted("t", 10_001))

    assert (topic.error_code, topic.error_message) == (
        ErrorCode.POLICY_VIOLATION,
        "Excessively large number of partitions per request.",
    )


def test_no_time(broker: BrokerDriver) -> None:
    """Kafka says that it is too late, and has made the topic all the same."""
    request = CreateTopicsRequest(topics=[wanted("t")], timeout_ms=0)
    (topic,) = broker.connect().ask(request, 7).topics

    assert (topic.error_code, topic.num_partitions) == (ErrorCode.REQUEST_TIMED_OUT, -1)
    assert broker.node.metadata.image.topic("t") is not None


def test_manual_assignment(broker: BrokerDriver) -> None:
    """The client may say who holds what, and how many there are follows from it."""
    manual = [CreatableReplicaAssignment(partition_index=index, broker_ids=[1]) for index in (1, 0)]
    (topic,) = ask(broker, wanted("t", -1, -1, assignments=manual))

    assert (topic.error_code, topic.num_partitions) == (0, 2)


def test_defaults(broker: BrokerDriver) -> None:
    """-1 takes the cluster's."""
    other = BrokerDriver(num_partitions="5")

    assert ask(other, wanted("t", -1, -1))[0].num_partitions == 5


def test_the_metadata_log_is_no_topic(broker: BrokerDriver) -> None:
    """Neither for CreateTopics nor for Metadata; it is answered last and counts for no limit."""
    metadata_log = wanted("__cluster_metadata", 10_001)
    other, refused = ask(broker, metadata_log, wanted("t"))

    assert (other.name, other.error_code) == ("t", 0)
    assert (refused.error_code, refused.error_message) == (
        ErrorCode.INVALID_REQUEST,
        "Creation of internal topic __cluster_metadata is prohibited.",
    )
    asked = MetadataRequestTopic(name="__cluster_metadata")
    request = MetadataRequest(topics=[asked], allow_auto_topic_creation=True)
    (told,) = broker.connect().ask(request, 12).topics
    assert told.error_code == ErrorCode.UNKNOWN_TOPIC_OR_PARTITION
    broker.restart()
    assert [topic.name for topic in broker.node.metadata.image.topics()] == ["t"]


def test_names_that_come_twice_count_for_no_limit(broker: BrokerDriver) -> None:
    results = ask(broker, wanted("u", 9000), wanted("u", 9000), wanted("t"))

    assert [(topic.name, topic.error_code) for topic in results] == [("t", 0), ("u", 42)]


@COMMITS_AT_ONCE
@pytest.mark.parametrize("validate_only", [True, False])
def test_too_many_records(broker: BrokerDriver, validate_only: bool) -> None:
    """Each topic, partition and setting is a record, of which one request may write 10,000."""
    text = "Unable to perform excessively large batch operation."
    (topic,) = ask(broker, wanted("t", 10_000), validate_only=validate_only)
    assert (topic.error_code, topic.error_message) == (ErrorCode.POLICY_VIOLATION, text)
    assert broker.node.metadata.image.topic("t") is None

    (topic,) = ask(broker, wanted("t", 9999), validate_only=True)
    assert topic.error_code == 0


def test_topics_with_long_configs(broker: BrokerDriver) -> None:
    """They are one batch of the metadata log, larger than a batch of records may be."""
    long = CreatableTopicConfig(
        name="leader.replication.throttled.replicas",
        value=",".join(f"{partition}:1" for partition in range(4000)),
    )
    topics = [wanted(f"t{number}", configs=[long]) for number in range(40)]
    assert len(topics) * len(long.value or "") > 1 << 20
    answers = ask(broker, *topics, version=3)
    assert {topic.error_code for topic in answers} == {0}

    broker.restart()
    assert len(broker.node.metadata.image) == 40


def test_too_late_for_too_many_partitions(broker: BrokerDriver) -> None:
    """The time is told, whatever else is wrong with the whole request."""
    request = CreateTopicsRequest(topics=[wanted("t", 10_001)], timeout_ms=0)
    [topic] = broker.connect().ask(request, 7).topics
    assert (topic.error_code, topic.error_message) == (ErrorCode.REQUEST_TIMED_OUT, None)
    assert broker.node.metadata.image.topic("t") is None


def test_names_that_come_twice_are_told_in_the_order_of_kafka(broker: BrokerDriver) -> None:
    """That of a hash map."""
    results = ask(broker, *[wanted(name) for name in "cbacba"])

    assert [topic.name for topic in results] == ["a", "b", "c"]


@COMMITS_AT_ONCE
def test_records_of_all_topics_count_together(broker: BrokerDriver) -> None:
    results = ask(broker, wanted("t", 5000), wanted("u", 5000), validate_only=True)

    assert {topic.error_message for topic in results} == {
        "Unable to perform excessively large batch operation."
    }


def test_partitions_by_default_count_too() -> None:
    broker = BrokerDriver(num_partitions="10001")
    (topic,) = ask(broker, wanted("t", -1), validate_only=True)

    assert topic.error_message == "Excessively large number of partitions per request."


def test_settings_for_tests_are_told_where_they_are_given(broker: BrokerDriver) -> None:
    name = "internal.segment.bytes"
    given = [CreatableTopicConfig(name=name, value="2000")]
    told = [
        {config.name for config in topic.configs}
        for topic in ask(broker, wanted("t", configs=given), wanted("u"))
    ]

    assert [name in names for names in told] == [True, False]
