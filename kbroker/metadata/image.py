"""The cluster as of now, which handlers and coordinators read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TypeVar

from kbroker.metadata.config_resources import Resource
from kbroker.metadata.topic_names import collision_key
from wire.messages.metadata import MetadataResponseTopic

# Whose quotas, in (type, name) pairs; a name of None is everybody without quotas of their own.
# The pairs are in the order in which Kafka tells them: that of a Java hash map.
QuotaEntity = tuple[tuple[str, str | None], ...]
Quotas = Mapping[QuotaEntity, Mapping[str, float]]

_K = TypeVar("_K")
_V = TypeVar("_V")

CONSUMER_OFFSETS, TRANSACTION_STATE = "__consumer_offsets", "__transaction_state"
INTERNAL_TOPICS = frozenset({CONSUMER_OFFSETS, TRANSACTION_STATE, "__share_group_state"})


class PartitionImage:
    """Who holds a partition, who leads it, and since which leader epoch."""

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

    ``described`` keeps what Metadata answers of it: clients ask often, and the image never changes.
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
        self.described: MetadataResponseTopic | None = None

    @property
    def is_internal(self) -> bool:
        return self.name in INTERNAL_TOPICS


class MetadataImage:
    """All topics, by name and by id; ``configs`` are the settings of whatever is no topic, and
    ``feature_levels`` those that were changed since the cluster was formatted.

    ``offset`` is that of the last catalog record in it. It changes in place: whoever reads it does
    so in the loop's thread and keeps nothing of it but topics, which never change, and a new image
    for each change would cost as much as there are topics.
    """

    __slots__ = (
        "_by_collision_key", "_by_id", "_by_name", "configs", "feature_levels", "offset",
        "quotas",
    )  # fmt: skip

    def __init__(self) -> None:
        self._by_name: dict[str, TopicImage] = {}
        self._by_id: dict[bytes, TopicImage] = {}
        self._by_collision_key: dict[str, str] = {}
        self.configs: dict[Resource, Mapping[str, str]] = {}
        self.feature_levels: dict[str, int] = {}
        self.quotas: dict[QuotaEntity, Mapping[str, float]] = {}
        self.offset = -1

    def change(
        self,
        set_topics: Iterable[TopicImage],
        removed_ids: Iterable[bytes] = (),
        configs: Mapping[Resource, Mapping[str, str]] | None = None,
        feature_levels: Mapping[str, int] | None = None,
        quotas: Quotas | None = None,
    ) -> None:
        """Takes topics out, puts others in or in the place of what they were; then settings, levels
        and quotas. A resource without settings is none, nor is an entity without quotas."""
        for topic_id in removed_ids:
            topic = self._by_id.pop(topic_id)
            del self._by_name[topic.name]
            self._by_collision_key.pop(collision_key(topic.name), None)
        for topic in set_topics:
            self._by_name[topic.name] = topic
            self._by_id[topic.topic_id] = topic
            if "." in topic.name or "_" in topic.name:
                self._by_collision_key[collision_key(topic.name)] = topic.name
        _change_held(self.configs, configs)
        self.feature_levels.update(feature_levels or {})
        _change_held(self.quotas, quotas)

    def topic(self, name: str) -> TopicImage | None:
        return self._by_name.get(name)

    def topic_by_id(self, topic_id: bytes) -> TopicImage | None:
        return self._by_id.get(topic_id)

    def colliding_topic(self, name: str) -> str | None:
        """The topic whose name differs from ``name`` only by ``.`` against ``_``, if any."""
        return self._by_collision_key.get(collision_key(name))

    def topics(self) -> Iterable[TopicImage]:
        return self._by_name.values()

    def __len__(self) -> int:
        return len(self._by_name)


def _change_held(
    held: dict[_K, Mapping[str, _V]], changed: Mapping[_K, Mapping[str, _V]] | None
) -> None:
    """What is empty now goes."""
    for key, values in (changed or {}).items():
        if values:
            held[key] = values
        else:
            held.pop(key, None)
