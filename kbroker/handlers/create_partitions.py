"""CreatePartitions: each topic grows or fails by itself; the new partitions can be used when the
client has the answer."""

from __future__ import annotations

from collections import Counter

from kbroker.context import RequestContext
from kbroker.java_hashing import hash_map_order
from kbroker.metadata.image import MetadataImage, TopicImage
from kbroker.metadata.partition_growth import plan_growth
from kbroker.metadata.record_limit import MAX_RECORDS_PER_REQUEST
from wire.errors import ErrorCode, KafkaError
from wire.messages.create_partitions import (
    CreatePartitionsRequest,
    CreatePartitionsResponse,
    CreatePartitionsTopic,
    CreatePartitionsTopicResult,
)


def handle(ctx: RequestContext, request: CreatePartitionsRequest) -> CreatePartitionsResponse:
    image = ctx.node.metadata.latest
    mentions = Counter(topic.name for topic in request.topics)
    if request.timeout_ms <= 0 and 1 in mentions.values():
        # Unlike CreateTopics, this is too late for anything; names that come twice are not tried.
        return error_response(request, ErrorCode.REQUEST_TIMED_OUT)
    wanted = {topic.name: topic for topic in request.topics}
    names = hash_map_order(wanted)  # in which order Kafka looks at them
    results = [
        _result(name, ErrorCode.INVALID_REQUEST, "Duplicate topic name.")
        for name in names
        if mentions[name] > 1
    ]
    plans: list[TopicImage] = []
    room = MAX_RECORDS_PER_REQUEST
    for name in names:
        if mentions[name] > 1:
            continue
        try:
            plan = _plan(image, wanted[name], room)
            room -= len(plan.partitions) - image.partition_count(name)
            plans.append(plan)
            results.append(_result(name, ErrorCode.NONE))
        except KafkaError as error:
            if error.code is ErrorCode.UNKNOWN_SERVER_ERROR:
                room = 0
            results.append(_result(name, error.code, error.message))
    if plans and not request.validate_only:
        ctx.node.metadata.add_partitions(plans)
    return CreatePartitionsResponse(results=results)


def _plan(image: MetadataImage, topic: CreatePartitionsTopic, room: int) -> TopicImage:
    assignments = topic.assignments
    return plan_growth(
        topic.name,
        topic.count,
        None if assignments is None else [manual.broker_ids for manual in assignments],
        image,
        room,
    )


def _result(name: str, code: ErrorCode, message: str | None = None) -> CreatePartitionsTopicResult:
    return CreatePartitionsTopicResult(name=name, error_code=code, error_message=message)


def error_response(request: CreatePartitionsRequest, code: ErrorCode) -> CreatePartitionsResponse:
    return CreatePartitionsResponse(results=[_result(topic.name, code) for topic in request.topics])
