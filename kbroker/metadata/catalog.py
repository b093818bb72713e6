"""The only writer of the cluster's metadata: operations append records, replay makes the image."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from kbroker.clock import Clock
from kbroker.metadata.image import MetadataImage, PartitionImage, TopicImage
from kbroker.metadata.metadata_log import MetadataLog
from wire.internal.cluster_metadata import (
    ConfigRecord,
    PartitionRecord,
    ProducerIdsRecord,
    RemoveTopicRecord,
    TopicRecord,
)
from wire.schema import Message

TOPIC_RESOURCE = 2  # ConfigRecord's resource type
PRODUCER_ID_BLOCK = 1000  # as many ids as Kafka's controller hands to a broker at once (KIP-730)

Listener = Callable[[Sequence[TopicImage], Sequence[TopicImage]], None]


class Catalog:
    """``image`` is the cluster as of now; listeners hear (new or grown topics, deleted topics)."""

    __slots__ = ("_clock", "_listeners", "_log", "_next_producer_id", "_node_id", "image")

    def __init__(self, log: MetadataLog, clock: Clock, node_id: int) -> None:
        self._log = log
        self._clock = clock
        self._node_id = node_id
        self._listeners: list[Listener] = []
        self._next_producer_id = 0
        self.image = MetadataImage()

    def load(self) -> None:
        """Replays the log; call it once, before anything else."""
        replay = _Replay(self.image)
        last_offset = -1
        for offset, record in self._log.replay():
            last_offset = offset
            self._apply(replay, record)
        self.image = replay.image(last_offset)

    def listen(self, listener: Listener) -> None:
        self._listeners.append(listener)

    def create_topics(self, topics: Sequence[TopicImage]) -> None:
        """Makes planned topics real, all of them or none."""
        self._write([record for topic in topics for record in _topic_records(topic)])
        for listener in self._listeners:
            listener(topics, ())

    def add_partitions(self, topics: Sequence[TopicImage]) -> None:
        """Lets topics grow to what these images of them have, all of them or none."""
        records: list[Message] = []
        for topic in topics:
            old = self.image.topic_by_id(topic.topic_id)
            assert old is not None
            records += _partition_records(topic, len(old.partitions))
        self._write(records)
        for listener in self._listeners:
            listener(topics, ())

    def delete_topics(self, topics: Sequence[TopicImage]) -> None:
        self._write([RemoveTopicRecord(topic_id=topic.topic_id) for topic in topics])
        for listener in self._listeners:
            listener((), topics)

    def next_producer_ids(self) -> range:
        """A block of producer ids that nobody was given before."""
        first = self._next_producer_id
        record = ProducerIdsRecord(
            broker_id=self._node_id, next_producer_id=first + PRODUCER_ID_BLOCK
        )
        self._write([record])
        return range(first, first + PRODUCER_ID_BLOCK)

    def _write(self, records: Sequence[Message]) -> None:
        if not records:
            return
        offset = self._log.append(records, self._clock.now_ms())
        replay = _Replay(self.image)
        for record in records:
            self._apply(replay, record)
        self.image = replay.image(offset)

    def _apply(self, replay: _Replay, record: Message) -> None:
        if isinstance(record, ProducerIdsRecord):
            self._next_producer_id = record.next_producer_id
        else:
            replay.apply(record)


class _Replay:
    """Gathers what a run of records changes, so that it costs one new image, not one each."""

    def __init__(self, base: MetadataImage) -> None:
        self._base = base
        self._names: dict[bytes, str] = {}
        self._ids: dict[str, bytes] = {}
        self._partitions: dict[bytes, dict[int, PartitionImage]] = {}
        self._configs: dict[bytes, dict[str, str]] = {}
        self._removed: list[bytes] = []

    def apply(self, record: Message) -> None:
        if isinstance(record, TopicRecord):
            self._names[record.topic_id] = record.name
            self._ids[record.name] = record.topic_id
            self._partitions[record.topic_id] = {}
            self._configs[record.topic_id] = {}
        elif isinstance(record, PartitionRecord):
            image = PartitionImage(
                record.partition_id, tuple(record.replicas), tuple(record.isr),
                record.leader, record.leader_epoch, record.partition_epoch,
            )  # fmt: skip
            self._partitions_of(record.topic_id)[record.partition_id] = image
        elif isinstance(record, ConfigRecord) and record.resource_type == TOPIC_RESOURCE:
            if record.value is not None:
                self._configs[self._ids[record.resource_name]][record.name] = record.value
        elif isinstance(record, RemoveTopicRecord):
            self._remove(record.topic_id)

    def _partitions_of(self, topic_id: bytes) -> dict[int, PartitionImage]:
        if topic_id not in self._names:
            base = self._base.topic_by_id(topic_id)
            assert base is not None, "a partition of no topic"
            self._names[topic_id] = base.name
            self._ids[base.name] = topic_id
            self._partitions[topic_id] = {image.index: image for image in base.partitions}
            self._configs[topic_id] = dict(base.configs)
        return self._partitions[topic_id]

    def _remove(self, topic_id: bytes) -> None:
        if topic_id in self._names:
            del self._ids[self._names.pop(topic_id)]
        if self._base.topic_by_id(topic_id) is not None:
            self._removed.append(topic_id)

    def image(self, offset: int) -> MetadataImage:
        return self._base.changed(self._topics(), self._removed, offset)

    def _topics(self) -> Iterable[TopicImage]:
        for topic_id, name in self._names.items():
            partitions = self._partitions[topic_id]
            ordered = tuple(partitions[index] for index in sorted(partitions))
            yield TopicImage(name, topic_id, ordered, self._configs[topic_id])


def _topic_records(topic: TopicImage) -> Iterable[Message]:
    """In Kafka's order: the topic, its configs, its partitions."""
    yield TopicRecord(name=topic.name, topic_id=topic.topic_id)
    for name, value in topic.configs.items():
        yield ConfigRecord(
            resource_type=TOPIC_RESOURCE, resource_name=topic.name, name=name, value=value
        )
    yield from _partition_records(topic, 0)


def _partition_records(topic: TopicImage, first: int) -> Iterable[Message]:
    for partition in topic.partitions[first:]:
        yield PartitionRecord(
            partition_id=partition.index,
            topic_id=topic.topic_id,
            replicas=list(partition.replicas),
            isr=list(partition.isr),
            removing_replicas=[],
            adding_replicas=[],
            leader=partition.leader,
            leader_epoch=partition.leader_epoch,
            partition_epoch=partition.partition_epoch,
        )
