"""DescribeProducers: who writes to partitions, and which transactions are open there (KIP-664)."""

from __future__ import annotations

from kbroker.context import RequestContext
from kbroker.metadata.topic_names import validate_topic_name
from wire.errors import UNKNOWN_PARTITION_TEXT, ErrorCode, KafkaError
from wire.messages.describe_producers import (
    DescribeProducersRequest,
    DescribeProducersResponse,
    PartitionResponse,
    ProducerState,
    TopicRequest,
    TopicResponse,
)


def handle(ctx: RequestContext, request: DescribeProducersRequest) -> DescribeProducersResponse:
    topics = [
        TopicResponse(name=topic.name, partitions=_describe(ctx, topic)) for topic in request.topics
    ]
    return DescribeProducersResponse(topics=topics)


def _describe(ctx: RequestContext, topic: TopicRequest) -> list[PartitionResponse]:
    try:
        validate_topic_name(topic.name)
        if ctx.node.metadata.image.topic(topic.name) is None:
            raise KafkaError(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, UNKNOWN_PARTITION_TEXT)
    except KafkaError as error:
        return [_failed(index, error.code, error.message) for index in topic.partition_indexes]
    return [_producers(ctx, topic.name, index) for index in topic.partition_indexes]


def _producers(ctx: RequestContext, topic: str, index: int) -> PartitionResponse:
    partition = ctx.node.replicas.find(topic, index)
    if partition is None:
        return _failed(index, ErrorCode.UNKNOWN_TOPIC_OR_PARTITION)
    producers = [
        ProducerState(
            producer_id=state.producer_id,
            producer_epoch=state.producer_epoch,
            last_sequence=state.last_sequence,
            last_timestamp=state.last_timestamp,
            coordinator_epoch=state.coordinator_epoch,
            current_txn_start_offset=state.current_txn_first_offset,
        )
        for state in partition.log.active_producers()
    ]
    return PartitionResponse(partition_index=index, error_code=0, active_producers=producers)


def _failed(index: int, code: ErrorCode, message: str | None = None) -> PartitionResponse:
    return PartitionResponse(
        partition_index=index, error_code=code, error_message=message, active_producers=[]
    )


def error_response(request: DescribeProducersRequest, code: ErrorCode) -> DescribeProducersResponse:
    return DescribeProducersResponse(
        topics=[
            TopicResponse(
                name=topic.name,
                partitions=[_failed(index, code) for index in topic.partition_indexes],
            )
            for topic in request.topics
        ]
    )
