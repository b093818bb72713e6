"""What records make of an image, whether they come at once or one after the other."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from kbroker.metadata.image import MetadataImage, PartitionImage, TopicImage
from kbroker.metadata.image_replay import ImageReplay, partition_records, topic_records
from kbroker.settings.resources import BROKER, TOPIC
from wire.internal.cluster_metadata import (
    ConfigRecord,
    PartitionRecord,
    RemoveTopicRecord,
    TopicRecord,
)
from wire.schema import Message


def topic(name: str, count: int = 1, **configs: str) -> TopicImage:
    partitions = tuple(PartitionImage(index, (1,), (1,), 1, 0, 0) for index in range(count))
    return TopicImage(name, name.encode().rjust(16), partitions, configs)


def config(kind: int, name: str, key: str, value: str | None) -> ConfigRecord:
    return ConfigRecord(resource_type=kind, resource_name=name, name=key, value=value)


def replayed(records: Sequence[Message], runs: int) -> MetadataImage:
    """The image after the records, in so many runs."""
    image = MetadataImage()
    size = -(-len(records) // runs)
    for start in range(0, len(records), size):
        replay = ImageReplay(image)
        for record in records[start : start + size]:
            replay.apply(record)
        image = replay.image(start)
    return image


@pytest.mark.parametrize("runs", [1, 2, 3, 100])
def test_runs_make_no_difference(runs: int) -> None:
    """A start replays everything at once, a running broker each operation by itself."""
    grown = topic("grown", 3)
    image = replayed(
        [
            *topic_records(topic("grown", 1)),
            *topic_records(topic("gone", 2, x="1")),
            *topic_records(topic("set", 1, x="1", y="2")),
            config(TOPIC, "set", "x", None),
            config(TOPIC, "set", "z", "3"),
            config(TOPIC, "gone", "x", "2"),
            *partition_records(grown, 1),
            RemoveTopicRecord(topic_id=topic("gone").topic_id),
            config(BROKER, "", "a", "1"),
            config(BROKER, "1", "a", "2"),
            config(BROKER, "1", "a", None),
        ],
        runs,
    )
    found = {one.name: one for one in image.topics()}
    assert found.keys() == {"grown", "set"}
    assert [one.index for one in found["grown"].partitions] == [0, 1, 2]
    assert found["set"].configs == {"y": "2", "z": "3"}
    assert image.topic_by_id(topic("gone").topic_id) is None
    assert dict(image.configs) == {(BROKER, ""): {"a": "1"}}


def test_a_topic_that_is_made_again() -> None:
    """What was set on the first one is not set on the second."""
    first, second = topic("t", 1, x="1"), topic("t", 2)
    second.topic_id = bytes(15) + b"2"
    removal = RemoveTopicRecord(topic_id=first.topic_id)
    image = replayed([*topic_records(first), removal, *topic_records(second)], 3)
    found = image.topic("t")
    assert found is not None
    assert (found.topic_id, found.configs, len(found.partitions)) == (second.topic_id, {}, 2)


def test_a_topic_stays_what_it_was() -> None:
    """Whoever has one may keep it: the image gets another in its place, when all is known."""
    image = replayed([*topic_records(topic("t", 1, x="1")), config(BROKER, "", "a", "1")], 1)
    before = image.topic("t")
    replay = ImageReplay(image)
    replay.apply(config(TOPIC, "t", "x", "2"))
    replay.apply(config(BROKER, "", "a", "2"))
    assert (image.topic("t"), dict(image.configs)) == (before, {(BROKER, ""): {"a": "1"}})
    image = replay.image(9)
    after = image.topic("t")
    assert before is not None
    assert after is not None
    assert (before.configs, after.configs) == ({"x": "1"}, {"x": "2"})
    assert (dict(image.configs), image.offset) == ({(BROKER, ""): {"a": "2"}}, 9)


def test_all_fields_of_a_partition_are_kept() -> None:
    written = PartitionImage(0, (2, 1), (1,), 1, 5, 7)
    image = replayed([*topic_records(TopicImage("t", bytes(15) + b"1", (written,), {}))], 1)
    found = image.topic("t")
    assert found is not None
    (read,) = found.partitions
    assert (read.replicas, read.isr, read.leader) == ((2, 1), (1,), 1)
    assert (read.leader_epoch, read.partition_epoch) == (5, 7)


def test_settings_are_added_to_those_that_are_set() -> None:
    """Also those of a resource that is no topic, and in another run."""
    image = replayed([config(BROKER, "", "a", "1"), config(BROKER, "", "b", "2")], 2)
    assert dict(image.configs) == {(BROKER, ""): {"a": "1", "b": "2"}}


def test_records_of_a_topic_are_in_the_order_of_kafka() -> None:
    kinds = [type(record) for record in topic_records(topic("t", 2, x="1"))]
    assert kinds == [TopicRecord, ConfigRecord, PartitionRecord, PartitionRecord]
