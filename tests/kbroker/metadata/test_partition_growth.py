"""What a topic will be when it has grown."""

from __future__ import annotations

import pytest

from kbroker.metadata.partition_growth import plan_growth
from kbroker.metadata.topic_creation import NewTopic, TopicDefaults, plan_topic
from tests.drivers import one_broker
from wire.errors import KafkaError


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
