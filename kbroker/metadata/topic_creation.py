"""Plans a topic that a client asks for: checks in Kafka's order. Pure.

The rules and their messages are those of Kafka's ``ReplicationControlManager.createTopic``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from kbroker.metadata import placement
from kbroker.metadata.image import MetadataImage, PartitionImage, TopicImage
from kbroker.metadata.topic_names import CLUSTER_METADATA, validate_topic_name
from kbroker.settings.broker_settings import BrokerSettings
from kbroker.settings.topic_settings import validate_topic_settings
from wire.errors import ErrorCode, KafkaError
from wire.uuids import random_uuid

PROHIBITED_TEXT = f"Creation of internal topic {CLUSTER_METADATA} is prohibited."
MAX_PARTITIONS_PER_REQUEST = 10_000  # Kafka's MAX_PARTITIONS_PER_BATCH
CLUSTER_DEFAULT = -1


class NewTopic:
    """A topic as a client asks for it; -1 is the cluster's default. ``nulls`` are the names of
    settings without a value, as often as they occur."""

    __slots__ = (
        "assignments", "configs", "name", "nulls", "partition_count", "replication_factor",
    )  # fmt: skip

    def __init__(
        self,
        name: str,
        partition_count: int = CLUSTER_DEFAULT,
        replication_factor: int = CLUSTER_DEFAULT,
        assignments: Sequence[tuple[int, list[int]]] = (),
        configs: Mapping[str, str] | None = None,
        nulls: Sequence[str] = (),
    ) -> None:
        self.name = name
        self.partition_count = partition_count
        self.replication_factor = replication_factor
        self.assignments = assignments
        self.configs = configs or {}
        self.nulls = nulls


class TopicDefaults(NamedTuple):
    """Partitions and replicas of a topic for which the client gives none."""

    partition_count: int
    replication_factor: int

    @classmethod
    def of(cls, config: BrokerSettings) -> TopicDefaults:
        return cls(config.integer("num.partitions"), config.integer("default.replication.factor"))


def plan_topic(topic: NewTopic, image: MetadataImage, defaults: TopicDefaults) -> TopicImage:
    """The planned topic, with a new id. Raises KafkaError with Kafka's code and message."""
    if topic.name == CLUSTER_METADATA:
        raise KafkaError(ErrorCode.INVALID_REQUEST, PROHIBITED_TEXT)
    validate_topic_name(topic.name)
    if image.topic(topic.name) is not None:
        raise KafkaError(ErrorCode.TOPIC_ALREADY_EXISTS, f"Topic '{topic.name}' already exists.")
    clash = image.colliding_topic(topic.name)
    if clash is not None:
        raise KafkaError(
            ErrorCode.INVALID_TOPIC_EXCEPTION,
            f"Topic '{topic.name}' collides with existing topic: {clash}",
        )
    if topic.nulls:
        raise KafkaError(
            ErrorCode.INVALID_CONFIG,
            f"Null value not supported for topic configs: {','.join(topic.nulls)}",
        )
    validate_topic_settings(topic.configs)
    replicas = _assignment(topic, image.registered_broker_ids(), defaults)
    partitions = tuple(
        PartitionImage(index, held_by, held_by, held_by[0], 0, 0)
        for index, held_by in enumerate(replicas)
    )
    return TopicImage(topic.name, random_uuid(), partitions, topic.configs)


def _assignment(
    topic: NewTopic, broker_ids: Sequence[int], defaults: TopicDefaults
) -> placement.Assignment:
    if topic.assignments:
        return _manual(topic, broker_ids)
    count, factor = topic.partition_count, topic.replication_factor
    if factor < CLUSTER_DEFAULT or factor == 0:
        raise KafkaError(
            ErrorCode.INVALID_REPLICATION_FACTOR,
            "Replication factor must be larger than 0, or -1 to use the default value.",
        )
    if count < CLUSTER_DEFAULT or count == 0:
        raise KafkaError(
            ErrorCode.INVALID_PARTITIONS,
            "Number of partitions was set to an invalid non-positive value.",
        )
    return placement.place(
        defaults.partition_count if count == CLUSTER_DEFAULT else count,
        defaults.replication_factor if factor == CLUSTER_DEFAULT else factor,
        broker_ids,
    )


def _manual(topic: NewTopic, broker_ids: Sequence[int]) -> placement.Assignment:
    for name, value in (
        ("replication factor", topic.replication_factor),
        ("numPartitions", topic.partition_count),
    ):
        if value != CLUSTER_DEFAULT:
            raise KafkaError(
                ErrorCode.INVALID_REQUEST,
                f"A manual partition assignment was specified, but {name} was not set to -1.",
            )
    return placement.check_manual(topic.assignments, broker_ids)
