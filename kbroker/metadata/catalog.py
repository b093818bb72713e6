"""The only writer of the cluster's metadata: operations append records, replay makes the image."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence

from kbroker.clock import Clock
from kbroker.metadata.brokers import BrokerRegistration, QuorumView
from kbroker.metadata.image import MetadataImage, TopicImage
from kbroker.metadata.image_replay import (
    ImageReplay,
    partition_records,
    registration_record,
    topic_records,
)
from kbroker.metadata.metadata_log import LEADER_EPOCH, MetadataLog
from kbroker.settings.resources import Resource
from storage import DiskFull
from wire.internal.cluster_metadata import (
    ClientQuotaRecord,
    ConfigRecord,
    FeatureLevelRecord,
    ProducerIdsRecord,
    RemoveTopicRecord,
)
from wire.schema import Message

log = logging.getLogger("kbroker")

PRODUCER_ID_BLOCK = 1000  # as many ids as Kafka's controller hands to a broker at once (KIP-730)

TopicListener = Callable[[Sequence[TopicImage], Sequence[TopicImage]], None]
ConfigListener = Callable[[set[Resource]], None]


class Catalog:
    """``image`` is the committed metadata, as Kafka's brokers see it.

    ``latest`` has uncommitted changes too, as Kafka's controller sees them: changes are planned on
    it. When a change is committed, topic listeners get (new or grown topics, deleted topics), and
    config listeners get the resources whose settings were altered.
    """

    __slots__ = (
        "_clock",
        "_config_listeners",
        "_latest",
        "_log",
        "_next_producer_id",
        "_node_id",
        "_topic_listeners",
        "image",
    )  # fmt: skip

    def __init__(self, log: MetadataLog, clock: Clock, node_id: int) -> None:
        self._log = log
        self._clock = clock
        self._node_id = node_id
        self._topic_listeners: list[TopicListener] = []
        self._config_listeners: list[ConfigListener] = []
        self._next_producer_id = 0
        self.image = self._latest = MetadataImage()

    @property
    def latest(self) -> MetadataImage:
        """The image with uncommitted changes; the current answer waits for their commit."""
        if self._latest is not self.image:
            self._log.note_uncommitted()
        return self._latest

    def load(self, broker: BrokerRegistration) -> None:
        """Replays the log, and registers the broker of this process, which is the one voter that
        leads the quorum; called once, at first."""
        replay = ImageReplay(self.image)
        offset = -1
        for last_offset, record in self._log.replay():
            offset = last_offset
            self._apply(replay, record)
        registration = registration_record(broker, offset + 1)
        try:
            offset = self._log.append([registration], self._clock.now_ms())
            replay.apply(registration)
        except DiskFull as error:
            log.warning("the start of this broker is not noted: %s", error)
        self.image = self._latest = replay.image(offset).with_broker(
            broker._replace(epoch=registration.broker_epoch),
            QuorumView(broker.broker_id, LEADER_EPOCH, (broker.broker_id,)),
        )

    def listen_to_topics(self, listener: TopicListener) -> None:
        self._topic_listeners.append(listener)

    def listen_to_configs(self, listener: ConfigListener) -> None:
        self._config_listeners.append(listener)

    def create_topics(self, topics: Sequence[TopicImage]) -> None:
        """Creates planned topics, all of them or none."""
        self._write(
            [record for topic in topics for record in topic_records(topic)],
            lambda: self._tell_topics(topics, ()),
        )

    def add_partitions(self, topics: Sequence[TopicImage]) -> None:
        """Adds the partitions that these topics have more than now, all of them or none."""
        self._write(
            [record for topic in topics for record in self._added_partitions(topic)],
            lambda: self._tell_topics(topics, ()),
        )

    def _added_partitions(self, topic: TopicImage) -> Iterable[Message]:
        old = self._latest.topic_by_id(topic.topic_id)
        assert old is not None
        return partition_records(topic, len(old.partitions))

    def delete_topics(self, topics: Sequence[TopicImage]) -> None:
        records = [RemoveTopicRecord(topic_id=topic.topic_id) for topic in topics]
        self._write(records, lambda: self._tell_topics((), topics))

    def alter_configs(self, records: Sequence[ConfigRecord]) -> None:
        """Sets records that have a value, and removes the settings of those that have none."""
        altered = {(record.resource_type, record.resource_name) for record in records}
        self._write(records, lambda: self._tell_configs(altered))

    def finalize_features(self, levels: Mapping[str, int]) -> None:
        """Sets the levels of features, all of them or none."""
        self._write(
            [FeatureLevelRecord(name=name, feature_level=level) for name, level in levels.items()]
        )

    def alter_client_quotas(self, records: Sequence[ClientQuotaRecord]) -> None:
        self._write(records)

    def next_producer_ids(self) -> range:
        """A block of producer ids that were never given before."""
        first = self._next_producer_id
        record = ProducerIdsRecord(
            broker_id=self._node_id, next_producer_id=first + PRODUCER_ID_BLOCK
        )
        self._write([record])
        return range(first, first + PRODUCER_ID_BLOCK)

    def _write(
        self, records: Sequence[Message], committed: Callable[[], None] = lambda: None
    ) -> None:
        if not records:
            return
        offset = self._log.append(records, self._clock.now_ms())
        replay = ImageReplay(self._latest)
        for record in records:
            self._apply(replay, record)
        self._latest = image = replay.image(offset)
        # There may be thousands, and as many logs to open: their memory is needed again.
        del records, replay

        def publish() -> None:
            self.image = image
            committed()

        self._log.when_committed(publish)

    def _tell_topics(self, changed: Sequence[TopicImage], deleted: Sequence[TopicImage]) -> None:
        for listener in self._topic_listeners:
            listener(changed, deleted)

    def _tell_configs(self, altered: set[Resource]) -> None:
        for listener in self._config_listeners:
            listener(altered)

    def _apply(self, replay: ImageReplay, record: Message) -> None:
        if isinstance(record, ProducerIdsRecord):
            self._next_producer_id = record.next_producer_id
        else:
            replay.apply(record)
