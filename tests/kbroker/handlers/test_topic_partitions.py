"""Partitions of requests by what exists, and answers by topic."""

from __future__ import annotations

from operator import attrgetter

from kbroker.handlers.topic_partitions import one_per_topic, split_existing
from kbroker.metadata.topic_creation import NewTopic, TopicDefaults, plan_topic
from tests.drivers import one_broker
from wire.messages.offset_delete import (
    OffsetDeleteRequestPartition,
    OffsetDeleteResponsePartition,
    OffsetDeleteResponseTopic,
)


def test_those_that_exist() -> None:
    topic = plan_topic(NewTopic("t", 2, 1), one_broker(), TopicDefaults(1, 1))
    wanted = [OffsetDeleteRequestPartition(partition_index=index) for index in (1, -1, 2, 0)]
    existing, missing = split_existing(topic, wanted)

    assert [one.partition_index for one in existing] == [1, 0]
    assert [one.partition_index for one in missing] == [-1, 2]
    assert split_existing(None, wanted) == ([], wanted)


def test_one_answer_for_each_topic() -> None:
    """In the order of the first mentions."""
    answers = [
        OffsetDeleteResponseTopic(
            name=name,
            partitions=[OffsetDeleteResponsePartition(partition_index=index, error_code=0)],
        )
        for index, name in enumerate("bab")
    ]
    merged = one_per_topic(answers, attrgetter("name"))

    assert [(one.name, [each.partition_index for each in one.partitions]) for one in merged] == [
        ("b", [0, 2]),
        ("a", [1]),
    ]
