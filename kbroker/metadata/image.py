"""The metadata image: an immutable view of the cluster for handlers and coordinators."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from operator import attrgetter
from typing import TypeVar

from immutables import Map

from kbroker.metadata.brokers import NO_QUORUM, BrokerRegistration, QuorumView
from kbroker.metadata.topic_names import collision_key
from kbroker.settings.resources import Resource

# The entity of quotas, in (type, name) pairs; a name of None is the default entity.
# The pairs are in the order in which Kafka lists them: that of a Java hash map.
QuotaEntity = tuple[tuple[str, str | None], ...]
Quotas = Mapping[QuotaEntity, Mapping[str, float]]

_K = TypeVar("_K")
_V = TypeVar("_V")

CONSUMER_OFFSETS, TRANSACTION_STATE = "__consumer_offsets", "__transaction_state"
INTERNAL_TOPICS = frozenset({CONSUMER_OFFSETS, TRANSACTION_STATE, "__share_group_state"})


class PartitionImage:
    """The replicas, leader and epochs of a partition."""

    __slots__ = ("index", "isr", "leader", "leader_epoch", "partition_epoch", "replicas")

    def __init__(
        self,
        index: int,
        replicas: tuple[int, ...],
        isr: tuple[int, ...],
        leader: int,
        leader_epoch: int,
        partition_epoch: int,
    ) -> None:
        self.index = index
        self.replicas = replicas
        self.isr = isr
        self.leader = leader
        self.leader_epoch = leader_epoch
        self.partition_epoch = partition_epoch


class TopicImage:
    """A topic: its partitions in order of their indexes, and the configs set on it (as texts).

    ``described`` is a place for what a handler makes of the topic for its answers: clients ask
    often, and an image never changes.
    """

    __slots__ = ("configs", "described", "name", "partitions", "topic_id")

    def __init__(
        self,
        name: str,
        topic_id: bytes,
        partitions: tuple[PartitionImage, ...],
        configs: Mapping[str, str],
    ) -> None:
        self.name = name
        self.topic_id = topic_id
        self.partitions = partitions
        self.configs = configs
        self.described: object = None

    @property
    def is_internal(self) -> bool:
        return self.name in INTERNAL_TOPICS


_name = attrgetter("name")


class MetadataImage:
    """The brokers by id, the quorum, and all topics, by name and by id. ``live_brokers`` are those
    that are not fenced, in the order of their ids. ``configs`` are settings of
    resources other than topics; ``feature_levels`` are those that were changed by a request.

    ``offset`` is that of its last catalog record. An image never changes. The next one shares with
    it everything that stayed the same, so a change costs the same with ten topics and ten thousand.
    """

    __slots__ = (
        "_by_collision_key", "_by_id", "_by_name", "brokers", "configs", "feature_levels",
        "live_brokers", "offset", "quorum", "quotas",
    )  # fmt: skip

    def __init__(self) -> None:
        self._by_name: Map[str, TopicImage] = Map()
        self._by_id: Map[bytes, TopicImage] = Map()
        self._by_collision_key: Map[str, str] = Map()
        self.brokers: Map[int, BrokerRegistration] = Map()
        self.live_brokers: list[BrokerRegistration] = []
        self.quorum: QuorumView = NO_QUORUM
        self.configs: Map[Resource, Mapping[str, str]] = Map()
        self.feature_levels: Map[str, int] = Map()
        self.quotas: Map[QuotaEntity, Mapping[str, float]] = Map()
        self.offset = -1

    def changed(
        self,
        offset: int,
        set_topics: Iterable[TopicImage],
        removed_ids: Iterable[bytes] = (),
        configs: Mapping[Resource, Mapping[str, str]] | None = None,
        feature_levels: Mapping[str, int] | None = None,
        quotas: Quotas | None = None,
    ) -> MetadataImage:
        """A new image: topics removed, then added or replaced, then settings, levels and quotas.
        Resources and entities whose settings are empty are removed."""
        by_name, by_id = self._by_name.mutate(), self._by_id.mutate()
        by_collision_key = self._by_collision_key.mutate()
        for topic_id in removed_ids:
            topic = by_id.pop(topic_id)
            del by_name[topic.name]
            by_collision_key.pop(collision_key(topic.name), None)
        for topic in set_topics:
            by_name[topic.name] = by_id[topic.topic_id] = topic
            if "." in topic.name or "_" in topic.name:
                by_collision_key[collision_key(topic.name)] = topic.name
        image = MetadataImage()
        image.brokers, image.live_brokers = self.brokers, self.live_brokers
        image.quorum = self.quorum
        image._by_name, image._by_id = by_name.finish(), by_id.finish()
        image._by_collision_key = by_collision_key.finish()
        image.configs = _with_values(self.configs, configs)
        image.feature_levels = self.feature_levels.update(feature_levels or {})
        image.quotas = _with_values(self.quotas, quotas)
        image.offset = offset
        return image

    def with_broker(self, broker: BrokerRegistration, quorum: QuorumView) -> MetadataImage:
        """A new image with a registered broker and the current quorum."""
        image = self.changed(self.offset, ())
        image.brokers = self.brokers.set(broker.broker_id, broker)
        ids = image.registered_broker_ids()
        image.live_brokers = [image.brokers[one] for one in ids if not image.brokers[one].fenced]
        image.quorum = quorum
        return image

    @property
    def controller_id(self) -> int:
        """The active controller is the leader of the quorum."""
        return self.quorum.leader_id

    def registered_broker_ids(self) -> list[int]:
        """In order."""
        return sorted(self.brokers)

    def leader(self, topic: str, index: int) -> BrokerRegistration | None:
        """The broker that leads a partition; None without a live leader."""
        found = self.topic(topic)
        if found is None or not 0 <= index < len(found.partitions):
            return None
        broker = self.brokers.get(found.partitions[index].leader)
        return None if broker is None or broker.fenced else broker

    def topic(self, name: str) -> TopicImage | None:
        return self._by_name.get(name)

    def topic_by_id(self, topic_id: bytes) -> TopicImage | None:
        return self._by_id.get(topic_id)

    def partition_count(self, name: str) -> int:
        """0 for a topic that does not exist."""
        topic = self._by_name.get(name)
        return 0 if topic is None else len(topic.partitions)

    def colliding_topic(self, name: str) -> str | None:
        """The topic whose name differs from ``name`` only by ``.`` against ``_``, if any."""
        return self._by_collision_key.get(collision_key(name))

    def topics(self) -> Iterable[TopicImage]:
        """In the order of their names."""
        return sorted(self._by_name.values(), key=_name)

    def __len__(self) -> int:
        return len(self._by_name)


def _with_values(
    held: Map[_K, Mapping[str, _V]], changed: Mapping[_K, Mapping[str, _V]] | None
) -> Map[_K, Mapping[str, _V]]:
    """``held`` with changed values; empty ones are removed."""
    draft = held.mutate()
    for key, values in (changed or {}).items():
        if values:
            draft[key] = values
        else:
            draft.pop(key, None)
    return draft.finish()
