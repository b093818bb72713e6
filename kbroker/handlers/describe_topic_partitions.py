"""DescribeTopicPartitions: topics by name, a page of partitions at a time (KIP-966).

Where a page ends, a cursor says with which partition the next one begins.
"""

from __future__ import annotations

from collections.abc import Sequence

from kbroker.context import RequestContext
from kbroker.metadata.authorized_operations import ALL_TOPIC_OPERATIONS, NOT_ASKED
from kbroker.metadata.image import INTERNAL_TOPICS, PartitionImage, TopicImage
from kbroker.metadata.topic_names import validate_topic_name
from wire.errors import ErrorCode, KafkaError
from wire.messages.describe_topic_partitions import (
    Cursor,
    DescribeTopicPartitionsRequest,
    DescribeTopicPartitionsResponse,
    DescribeTopicPartitionsResponsePartition,
    DescribeTopicPartitionsResponseTopic,
)
from wire.uuids import ZERO_UUID


def handle(
    ctx: RequestContext, request: DescribeTopicPartitionsRequest
) -> DescribeTopicPartitionsResponse:
    image = ctx.node.metadata.image
    largest = ctx.node.settings.integer("max.request.partition.size.limit")
    room = max(1, min(largest, request.response_partition_limit))
    cursor = request.cursor
    topics: list[DescribeTopicPartitionsResponseTopic] = []
    for name in _names(ctx, request):
        if room == 0:
            return _page(topics, Cursor(topic_name=name, partition_index=0))
        topic = image.topic(name)
        if topic is None:
            if request.topics:
                topics.append(_failed(name, _absence(name), ALL_TOPIC_OPERATIONS))
            continue
        start = cursor.partition_index if cursor is not None and cursor.topic_name == name else 0
        partitions = topic.partitions[start : start + room]
        topics.append(_described(topic, partitions))
        if start + room < len(topic.partitions):
            return _page(topics, Cursor(topic_name=name, partition_index=start + room))
        room -= len(partitions)
    return _page(topics, None)


def _names(ctx: RequestContext, request: DescribeTopicPartitionsRequest) -> list[str]:
    """What is asked for, all topics where nothing is, in order and from the cursor on."""
    asked = {topic.name for topic in request.topics}
    cursor = request.cursor
    if cursor is not None and (
        cursor.partition_index < 0 or (asked and cursor.topic_name not in asked)
    ):
        raise KafkaError(ErrorCode.INVALID_REQUEST)
    names = sorted(asked or {topic.name for topic in ctx.node.metadata.image.topics()})
    if cursor is not None:
        return [name for name in names if name >= cursor.topic_name]
    if "" in names:
        # Kafka takes it for the topic of the cursor, and there is none.
        raise KafkaError(ErrorCode.UNKNOWN_SERVER_ERROR)
    return names


def _absence(name: str) -> ErrorCode:
    try:
        validate_topic_name(name)
    except KafkaError as error:
        return error.code
    return ErrorCode.UNKNOWN_TOPIC_OR_PARTITION


def _page(
    topics: list[DescribeTopicPartitionsResponseTopic], cursor: Cursor | None
) -> DescribeTopicPartitionsResponse:
    return DescribeTopicPartitionsResponse(topics=topics, next_cursor=cursor)


def _described(
    topic: TopicImage, partitions: Sequence[PartitionImage]
) -> DescribeTopicPartitionsResponseTopic:
    return DescribeTopicPartitionsResponseTopic(
        error_code=0,
        name=topic.name,
        topic_id=topic.topic_id,
        is_internal=topic.is_internal,
        partitions=[
            DescribeTopicPartitionsResponsePartition(
                error_code=0,
                partition_index=partition.index,
                leader_id=partition.leader,
                leader_epoch=partition.leader_epoch,
                replica_nodes=list(partition.replicas),
                isr_nodes=list(partition.isr),
                eligible_leader_replicas=[],
                last_known_elr=[],
                offline_replicas=[],
            )
            for partition in partitions
        ],
        topic_authorized_operations=ALL_TOPIC_OPERATIONS,
    )


def _failed(name: str, code: ErrorCode, operations: int) -> DescribeTopicPartitionsResponseTopic:
    return DescribeTopicPartitionsResponseTopic(
        error_code=code,
        name=name,
        topic_id=ZERO_UUID,
        is_internal=name in INTERNAL_TOPICS,
        partitions=[],
        topic_authorized_operations=operations,
    )


def error_response(
    request: DescribeTopicPartitionsRequest, code: ErrorCode
) -> DescribeTopicPartitionsResponse:
    topics = [_failed(topic.name, code, NOT_ASKED) for topic in request.topics]
    return DescribeTopicPartitionsResponse(topics=topics)
