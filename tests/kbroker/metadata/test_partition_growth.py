"""What a topic will be when it has grown."""

from __future__ import annotations

import pytest

from kbroker.metadata.brokers import NO_QUORUM, BrokerRegistration
from kbroker.metadata.image import MetadataImage
from kbroker.metadata.partition_growth import plan_growth
from kbroker.metadata.topic_creation import NewTopic, TopicDefaults, plan_topic
from tests.drivers import one_broker
from wire.errors import ErrorCode, KafkaError


def test_old_partitions_stay_as_they_are() -> None:
    image = one_broker()
    topic = plan_topic(NewTopic("t", 2, 1), image, TopicDefaults(1, 1))
    image = image.changed(0, [topic])
    grown = plan_growth("t", 4, None, image, 9)

    assert grown.partitions[:2] == topic.partitions
    assert [(one.index, one.replicas) for one in grown.partitions[2:]] == [(2, (1,)), (3, (1,))]


def test_unknown_topics_have_no_message() -> None:
    with pytest.raises(KafkaError) as caught:
        plan_growth("t", 4, None, one_broker(), 9)
    assert caught.value.message is None


def with_topic() -> MetadataImage:
    """Two brokers, and a topic of two partitions that has a setting."""
    image = one_broker().with_broker(BrokerRegistration(2, {}), NO_QUORUM)
    topic = NewTopic("t", 2, 2, configs={"retention.ms": "5"})
    return image.changed(0, [plan_topic(topic, image, TopicDefaults(1, 1))])


def test_only_new_partitions_need_room() -> None:
    """A topic that grows stays otherwise as it is."""
    grown = plan_growth("t", 4, None, with_topic(), 2)
    assert (len(grown.partitions), grown.configs) == (4, {"retention.ms": "5"})


def test_replicas_that_are_named_keep_their_order() -> None:
    added = plan_growth("t", 3, [[2, 1]], with_topic(), 9).partitions[2]
    assert (added.replicas, added.leader) == ((2, 1), 2)


@pytest.mark.parametrize(
    ("count", "assignments", "room", "code"),
    [
        (4, None, 1, ErrorCode.UNKNOWN_SERVER_ERROR),
        (3, [[2, 1], [1, 2]], 9, ErrorCode.INVALID_REPLICA_ASSIGNMENT),
        (4, [[2, 1]], 9, ErrorCode.INVALID_REPLICA_ASSIGNMENT),
        (3, [[1]], 9, ErrorCode.INVALID_REPLICA_ASSIGNMENT),
        (3, [[5, 1]], 0, ErrorCode.INVALID_REPLICA_ASSIGNMENT),
    ],
)
def test_refused(
    count: int, assignments: list[list[int]] | None, room: int, code: ErrorCode
) -> None:
    """Replicas are checked before the records are counted."""
    with pytest.raises(KafkaError) as caught:
        plan_growth("t", count, assignments, with_topic(), room)
    assert caught.value.code == code
