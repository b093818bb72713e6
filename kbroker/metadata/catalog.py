"""The only writer of the cluster's metadata: operations append records, replay makes the image."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from kbroker.clock import Clock
from kbroker.metadata.image import MetadataImage, TopicImage
from kbroker.metadata.image_replay import ImageReplay, partition_records, topic_records
from kbroker.metadata.metadata_log import MetadataLog
from kbroker.settings.resources import Resource
from wire.internal.cluster_metadata import (
    ClientQuotaRecord,
    ConfigRecord,
    FeatureLevelRecord,
    ProducerIdsRecord,
    RemoveTopicRecord,
)
from wire.schema import Message

PRODUCER_ID_BLOCK = 1000  # as many ids as Kafka's controller hands to a broker at once (KIP-730)

TopicListener = Callable[[Sequence[TopicImage], Sequence[TopicImage]], None]
ConfigListener = Callable[[set[Resource]], None]


class Catalog:
    """``image`` is the cluster as of now.

    Listeners to topics hear (new or grown topics, deleted topics), those to configs the resources
    whose settings were altered.
    """

    __slots__ = (
        "_clock", "_config_listeners", "_log", "_next_producer_id", "_node_id", "_topic_listeners",
        "image",
    )  # fmt: skip

    def __init__(self, log: MetadataLog, clock: Clock, node_id: int) -> None:
        self._log = log
        self._clock = clock
        self._node_id = node_id
        self._topic_listeners: list[TopicListener] = []
        self._config_listeners: list[ConfigListener] = []
        self._next_producer_id = 0
        self.image = MetadataImage()

    def load(self) -> None:
        """Replays the log; call it once, before anything else."""
        replay = ImageReplay(self.image)
        last_offset = -1
        for offset, record in self._log.replay():
            last_offset = offset
            self._apply(replay, record)
        self.image = replay.image(last_offset)

    def listen_to_topics(self, listener: TopicListener) -> None:
        self._topic_listeners.append(listener)

    def listen_to_configs(self, listener: ConfigListener) -> None:
        self._config_listeners.append(listener)

    def create_topics(self, topics: Sequence[TopicImage]) -> None:
        """Makes planned topics real, all of them or none."""
        self._write([record for topic in topics for record in topic_records(topic)])
        for listener in self._topic_listeners:
            listener(topics, ())

    def add_partitions(self, topics: Sequence[TopicImage]) -> None:
        """Lets topics grow to what these images of them have, all of them or none."""
        records: list[Message] = []
        for topic in topics:
            old = self.image.topic_by_id(topic.topic_id)
            assert old is not None
            records += partition_records(topic, len(old.partitions))
        self._write(records)
        for listener in self._topic_listeners:
            listener(topics, ())

    def delete_topics(self, topics: Sequence[TopicImage]) -> None:
        self._write([RemoveTopicRecord(topic_id=topic.topic_id) for topic in topics])
        for listener in self._topic_listeners:
            listener((), topics)

    def alter_configs(self, records: Sequence[ConfigRecord]) -> None:
        """Sets what has a value, and removes what has none."""
        self._write(records)
        altered = {(record.resource_type, record.resource_name) for record in records}
        for listener in self._config_listeners:
            listener(altered)

    def finalize_features(self, levels: Mapping[str, int]) -> None:
        """Gives features these levels, all of them or none."""
        self._write(
            [FeatureLevelRecord(name=name, feature_level=level) for name, level in levels.items()]
        )

    def alter_client_quotas(self, records: Sequence[ClientQuotaRecord]) -> None:
        self._write(records)

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
        replay = ImageReplay(self.image)
        for record in records:
            self._apply(replay, record)
        self.image = replay.image(offset)

    def _apply(self, replay: ImageReplay, record: Message) -> None:
        if isinstance(record, ProducerIdsRecord):
            self._next_producer_id = record.next_producer_id
        else:
            replay.apply(record)
