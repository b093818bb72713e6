"""From metadata records to the image that results from them."""

from __future__ import annotations

from collections.abc import Iterable

from kbroker.metadata.brokers import BrokerRegistration
from kbroker.metadata.image import MetadataImage, PartitionImage, QuotaEntity, TopicImage
from kbroker.settings.resources import TOPIC, Resource
from wire.internal.cluster_metadata import (
    BrokerEndpoint,
    ClientQuotaRecord,
    ConfigRecord,
    FeatureLevelRecord,
    PartitionRecord,
    RegisterBrokerRecord,
    RemoveTopicRecord,
    TopicRecord,
)
from wire.schema import Message
from wire.uuids import random_uuid

# When a broker starts, its partitions lose their leader and get it back. Each raises the leader
# epoch by one, as with Kafka after a stop and after a kill.
EPOCHS_OF_A_RESTART = 2
PLAINTEXT = 0  # the number of the security protocol


class _Draft:
    """A topic that the records create or change."""

    __slots__ = ("configs", "name", "partitions", "topic_id")

    def __init__(self, name: str, topic_id: bytes) -> None:
        self.name = name
        self.topic_id = topic_id
        self.partitions: dict[int, PartitionImage] = {}
        self.configs: dict[str, str] = {}

    def topic(self, later_epochs: int) -> TopicImage:
        """``later_epochs`` is added to the leader epochs."""
        ordered = tuple(self.partitions[index] for index in sorted(self.partitions))
        if later_epochs:
            for partition in ordered:
                partition.leader_epoch += later_epochs
        return TopicImage(self.name, self.topic_id, ordered, self.configs)


class ImageReplay:
    """Collects the changes of records; ``image()`` is the image before with these changes.

    A broker registers when it starts, before any topic of the image is changed. So the drafts hold
    all topics when a registration is replayed.
    """

    def __init__(self, image: MetadataImage) -> None:
        self._image = image
        self._drafts: dict[bytes, _Draft] = {}
        self._ids: dict[str, bytes] = {}  # of the drafts, by name
        self._removed: list[bytes] = []
        self._configs: dict[Resource, dict[str, str]] = {}
        self._levels: dict[str, int] = {}
        self._quotas: dict[QuotaEntity, dict[str, float]] = {}
        self._registrations = 0

    def apply(self, record: Message) -> None:
        if isinstance(record, TopicRecord):
            self._begin(record.name, record.topic_id)
        elif isinstance(record, PartitionRecord):
            self._draft(record.topic_id).partitions[record.partition_id] = PartitionImage(
                record.partition_id, tuple(record.replicas), tuple(record.isr), record.leader,
                record.leader_epoch - self._registrations * EPOCHS_OF_A_RESTART,
                record.partition_epoch,
            )  # fmt: skip
        elif isinstance(record, RegisterBrokerRecord):
            self._registrations += 1
        elif isinstance(record, ConfigRecord):
            _configure(self._configs_of(record.resource_type, record.resource_name), record)
        elif isinstance(record, FeatureLevelRecord):
            self._levels[record.name] = record.feature_level
        elif isinstance(record, ClientQuotaRecord):
            self._change_quota(record)
        elif isinstance(record, RemoveTopicRecord):
            self._remove(record.topic_id)

    def image(self, offset: int) -> MetadataImage:
        """``offset`` is that of the last of the records."""
        later_epochs = self._registrations * EPOCHS_OF_A_RESTART
        topics = [draft.topic(later_epochs) for draft in self._drafts.values()]
        return self._image.changed(
            offset, topics, self._removed, self._configs, self._levels, self._quotas
        )

    def _begin(self, name: str, topic_id: bytes) -> _Draft:
        draft = self._drafts[topic_id] = _Draft(name, topic_id)
        self._ids[name] = topic_id
        return draft

    def _draft(self, topic_id: bytes) -> _Draft:
        """The draft of a topic; a topic of the image becomes one at its first change."""
        draft = self._drafts.get(topic_id)
        if draft is None:
            topic = self._image.topic_by_id(topic_id)
            assert topic is not None, "a record of no topic"
            draft = self._begin(topic.name, topic_id)
            draft.partitions = {partition.index: partition for partition in topic.partitions}
            draft.configs = dict(topic.configs)
        return draft

    def _configs_of(self, kind: int, name: str) -> dict[str, str]:
        if kind != TOPIC:
            resource = (kind, name)
            if resource not in self._configs:
                self._configs[resource] = dict(self._image.configs.get(resource, {}))
            return self._configs[resource]
        topic_id = self._ids.get(name)
        if topic_id is None:
            topic = self._image.topic(name)
            assert topic is not None, "a config of no topic"
            topic_id = topic.topic_id
        return self._draft(topic_id).configs

    def _change_quota(self, record: ClientQuotaRecord) -> None:
        entity = tuple((part.entity_type, part.entity_name) for part in record.entity)
        held = self._quotas.setdefault(entity, dict(self._image.quotas.get(entity, {})))
        if record.remove:
            held.pop(record.key, None)
        else:
            held[record.key] = record.value

    def _remove(self, topic_id: bytes) -> None:
        draft = self._drafts.pop(topic_id, None)
        if draft is not None:
            del self._ids[draft.name]
        if self._image.topic_by_id(topic_id) is not None:
            self._removed.append(topic_id)


def _configure(configs: dict[str, str], record: ConfigRecord) -> None:
    """A record without a value removes what was set."""
    if record.value is None:
        configs.pop(record.name, None)
    else:
        configs[record.name] = record.value


def registration_record(broker: BrokerRegistration, epoch: int) -> RegisterBrokerRecord:
    """``epoch`` is the offset that the record will have."""
    return RegisterBrokerRecord(
        broker_id=broker.broker_id,
        incarnation_id=random_uuid(),
        broker_epoch=epoch,
        end_points=[
            BrokerEndpoint(name=name, host=host, port=port, security_protocol=PLAINTEXT)
            for name, (host, port) in broker.endpoints.items()
        ],
        features=[],
        rack=broker.rack,
        fenced=False,
    )


def topic_records(topic: TopicImage) -> Iterable[Message]:
    """In Kafka's order: the topic, its configs, its partitions."""
    yield TopicRecord(name=topic.name, topic_id=topic.topic_id)
    for name, value in topic.configs.items():
        yield ConfigRecord(resource_type=TOPIC, resource_name=topic.name, name=name, value=value)
    yield from partition_records(topic, 0)


def record_count(topic: TopicImage) -> int:
    """How many ``topic_records`` has."""
    return 1 + len(topic.configs) + len(topic.partitions)


def partition_records(topic: TopicImage, first: int) -> Iterable[Message]:
    """Those of the partitions from ``first`` on."""
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
