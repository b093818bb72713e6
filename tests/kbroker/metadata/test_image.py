"""An image never changes, and the next one shares with it what stayed the same."""

from __future__ import annotations

import pytest

from kbroker.metadata.brokers import BrokerRegistration, QuorumView
from kbroker.metadata.image import MetadataImage, PartitionImage, TopicImage
from kbroker.settings.resources import BROKER
from tests.drivers import one_broker


def topic(name: str, number: int) -> TopicImage:
    return TopicImage(name, bytes([number]) * 16, (), {})


def test_who_holds_an_image_sees_the_cluster_as_it_was() -> None:
    old = MetadataImage().changed(0, [topic("a.b", 1), topic("c", 2)], configs={})
    configs = {(BROKER, "1"): {"x": "1"}}
    new = old.changed(1, [topic("d", 3)], [bytes([1]) * 16], configs, {"f": 1})

    assert {found.name for found in old.topics()} == {"a.b", "c"}
    assert {found.name for found in new.topics()} == {"c", "d"}
    assert (old.colliding_topic("a_b"), new.colliding_topic("a_b")) == ("a.b", None)
    assert (dict(old.configs), dict(new.configs)) == ({}, configs)
    assert (dict(old.feature_levels), dict(new.feature_levels)) == ({}, {"f": 1})
    assert (old.offset, new.offset) == (0, 1)
    assert new.topic("c") is old.topic("c")


def test_what_has_no_settings_any_more_is_none() -> None:
    image = MetadataImage().changed(0, [], configs={(BROKER, "1"): {"x": "1"}})
    assert not image.changed(1, [], configs={(BROKER, "1"): {}}).configs


@pytest.mark.parametrize("there", ["a.b_c", "a_b_c", "a.b.c"])
def test_names_that_differ_by_their_dots_only(there: str) -> None:
    image = MetadataImage().changed(0, [topic(there, 1)])
    assert {image.colliding_topic(name) for name in ("a.b_c", "a_b_c", "a.b.c")} == {there}


def test_brokers_and_quorum_stay_when_something_else_changes() -> None:
    old = one_broker()
    new = old.changed(1, [topic("t", 1)])
    assert (new.quorum, new.live_brokers) == (old.quorum, old.live_brokers)
    view = QuorumView(1, 2, (1,))
    assert old.with_broker(BrokerRegistration(1, {}), view).changed(2, []).quorum is view


def test_a_topic_that_is_replaced_by_one_of_its_name() -> None:
    old = MetadataImage().changed(0, [topic("a.b", 1)])
    new = old.changed(1, [topic("a.b", 2)], [bytes([1]) * 16])
    found = new.topic("a.b")
    assert found is not None
    assert (found.topic_id, new.colliding_topic("a_b")) == (bytes([2]) * 16, "a.b")


def test_partitions_that_are_not_have_no_leader() -> None:
    partition = PartitionImage(0, (1,), (1,), 1, 0, 0)
    image = one_broker().changed(0, [TopicImage("t", bytes(15) + b"1", (partition,), {})])
    assert [image.leader("t", index) is not None for index in (-1, 0, 1)] == [False, True, False]


@pytest.mark.parametrize(
    "name", ["__consumer_offsets", "__transaction_state", "__share_group_state"]
)
def test_topics_of_kafka_itself(name: str) -> None:
    assert topic(name, 1).is_internal
