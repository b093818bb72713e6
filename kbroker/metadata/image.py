"""The cluster as of now: an immutable snapshot that handlers and coordinators read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from kbroker.metadata.config_resources import Resource
from kbroker.metadata.topic_names import collision_key
from wire.messages.metadata import MetadataResponseTopic

# Whose quotas, in (type, name) pairs; a name of None is everybody without quotas of their own.
# The pairs are in the order in which Kafka tells them: that of a Java hash map.
QuotaEntity = tuple[tuple[str, str | None], ...]
Quotas = Mapping[QuotaEntity, Mapping[str, float]]

INTERNAL_TOPICS = frozenset({"__consumer_offsets", "__transaction_state", "__share_group_state"})


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

    ``offset`` is that of the last catalog record in it.
    """

    __slots__ = (
        "_by_collision_key", "_by_id", "_by_name", "configs", "feature_levels", "offset",
        "quotas",
    )  # fmt: skip

    def __init__(self) -> None:
        self._by_name: dict[str, TopicImage] = {}
        self._by_id: dict[bytes, TopicImage] = {}
        self._by_collision_key: dict[str, str] = {}
        self.configs: Mapping[Resource, Mapping[str, str]] = {}
        self.feature_levels: Mapping[str, int] = {}
        self.quotas: Quotas = {}
        self.offset = -1

    def changed(
        self,
        set_topics: Iterable[TopicImage],
        removed_ids: Iterable[bytes],
        offset: int,
        configs: Mapping[Resource, Mapping[str, str]] | None = None,
        feature_levels: Mapping[str, int] | None = None,
        quotas: Quotas | None = None,
    ) -> MetadataImage:
        """The image with some topics new or replaced, some gone, other settings, levels, quotas.

        An entity without quotas is none."""
        image = MetadataImage()
        image._by_name = self._by_name.copy()
        image._by_id = self._by_id.copy()
        image._by_collision_key = self._by_collision_key.copy()
        image.configs = {**self.configs, **configs} if configs else self.configs
        image.feature_levels = {**self.feature_levels, **(feature_levels or {})}
        image.quotas = (
            {key: held for key, held in {**self.quotas, **quotas}.items() if held}
            if quotas
            else self.quotas
        )
        image.offset = offset
        for topic_id in removed_ids:
            topic = image._by_id.pop(topic_id)
            del image._by_name[topic.name]
            image._by_collision_key.pop(collision_key(topic.name), None)
        for topic in set_topics:
            image._by_name[topic.name] = topic
            image._by_id[topic.topic_id] = topic
            if "." in topic.name or "_" in topic.name:
                image._by_collision_key[collision_key(topic.name)] = topic.name
        return image

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
