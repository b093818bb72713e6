"""Plans the growth of a topic to the number of partitions that a client asks for. Pure.

The checks, their order and their words are those of Kafka's
``ReplicationControlManager.createPartitions``.
"""

from __future__ import annotations

from collections.abc import Sequence

from kbroker.metadata import placement
from kbroker.metadata.image import MetadataImage, PartitionImage, TopicImage
from wire.errors import ErrorCode, KafkaError


def plan_growth(
    name: str,
    count: int,
    assignments: Sequence[list[int]] | None,
    image: MetadataImage,
    room: int,
) -> TopicImage:
    """The topic with ``count`` partitions, at most ``room`` of them new ones. Raises KafkaError
    with Kafka's code and words."""
    topic = image.topic(name)
    if topic is None:
        raise KafkaError(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION)
    present = len(topic.partitions)
    if count == present:
        raise KafkaError(ErrorCode.INVALID_PARTITIONS, f"Topic already has {present} partition(s).")
    if count < present:
        raise KafkaError(
            ErrorCode.INVALID_PARTITIONS,
            f"The topic {name} currently has {present} partition(s); "
            f"{count} would not be an increase.",
        )
    brokers = image.registered_broker_ids()
    width = len(topic.partitions[0].replicas)
    if assignments is not None:
        _check_manual(assignments, count - present, width, brokers)
    if count - present > room:  # Kafka's list of records is full; it has no better code
        raise KafkaError(ErrorCode.UNKNOWN_SERVER_ERROR)
    if assignments is None:
        replicas = placement.place(count - present, width, brokers)
    else:
        replicas = [tuple(held_by) for held_by in assignments]
    added = tuple(
        PartitionImage(index, held_by, held_by, held_by[0], 0, 0)
        for index, held_by in enumerate(replicas, present)
    )
    return TopicImage(name, topic.topic_id, topic.partitions + added, topic.configs)


def _check_manual(
    assignments: Sequence[list[int]], additional: int, width: int, brokers: Sequence[int]
) -> None:
    if len(assignments) != additional:
        raise KafkaError(
            ErrorCode.INVALID_REPLICA_ASSIGNMENT,
            f"Attempted to add {additional} additional partition(s), but only "
            f"{len(assignments)} assignment(s) were specified.",
        )
    for replicas in assignments:
        placement.check_replicas(replicas, brokers, width)
