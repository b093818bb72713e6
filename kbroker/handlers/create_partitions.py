"""CreatePartitions: each topic grows or fails by itself; the new partitions can be used when the
client has the answer."""

from __future__ import annotations

from collections import Counter

from kbroker.context import RequestContext
from kbroker.metadata.image import TopicImage
from kbroker.metadata.partition_growth import plan_growth
from kbroker.metadata.topic_creation import MAX_PARTITIONS_PER_REQUEST
from wire.errors import ErrorCode, KafkaError
from wire.messages.create_partitions import (
    CreatePartitionsRequest,
    CreatePartitionsResponse,
    CreatePartitionsTopic,
    CreatePartitionsTopicResult,
)


def handle(ctx: RequestContext, request: CreatePartitionsRequest) -> CreatePartitionsResponse:
    if request.timeout_ms <= 0:  # unlike CreateTopics, this is too late for anything
        return error_response(request, ErrorCode.REQUEST_TIMED_OUT)
    if _total_growth(ctx, request) > MAX_PARTITIONS_PER_REQUEST:
        # Kafka's list of records overflows, which it has no better code for.
        return error_response(request, ErrorCode.UNKNOWN_SERVER_ERROR)
    mentions = Counter(topic.name for topic in request.topics)
    results = [
        _result(name, ErrorCode.INVALID_REQUEST, "Duplicate topic name.")
        for name, count in mentions.items()
        if count > 1
    ]
    plans: list[TopicImage] = []
    for topic in request.topics:
        if mentions[topic.name] > 1:
            continue
        try:
            plans.append(_plan(ctx, topic))
            results.append(_result(topic.name, ErrorCode.NONE))
        except KafkaError as error:
            results.append(_result(topic.name, error.code, error.message))
    if plans and not request.validate_only:
        ctx.node.metadata.add_partitions(plans)
    return CreatePartitionsResponse(results=results)


def _total_growth(ctx: RequestContext, request: CreatePartitionsRequest) -> int:
    image = ctx.node.metadata.image
    found = [(topic.count, image.topic(topic.name)) for topic in request.topics]
    return sum(max(0, count - len(topic.partitions)) for count, topic in found if topic is not None)


def _plan(ctx: RequestContext, topic: CreatePartitionsTopic) -> TopicImage:
    assignments = topic.assignments
    return plan_growth(
        topic.name,
        topic.count,
        None if assignments is None else [manual.broker_ids for manual in assignments],
        ctx.node.metadata.image,
    )


def _result(name: str, code: ErrorCode, message: str | None = None) -> CreatePartitionsTopicResult:
    return CreatePartitionsTopicResult(name=name, error_code=code, error_message=message)


def error_response(request: CreatePartitionsRequest, code: ErrorCode) -> CreatePartitionsResponse:
    return CreatePartitionsResponse(results=[_result(topic.name, code) for topic in request.topics])
