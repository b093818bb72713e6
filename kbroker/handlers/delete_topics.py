"""DeleteTopics: by name, and from v6 on by id; what is deleted is gone when the answer comes.

v5 and later carry messages.
"""

from __future__ import annotations

from collections import Counter

from kbroker.context import RequestContext
from kbroker.metadata.image import TopicImage
from kbroker.metadata.record_limit import MAX_RECORDS_PER_REQUEST
from kbroker.node import Node
from wire.errors import UNKNOWN_PARTITION_TEXT, ErrorCode, KafkaError
from wire.messages.delete_topics import (
    DeletableTopicResult,
    DeleteTopicsRequest,
    DeleteTopicsResponse,
    DeleteTopicState,
)
from wire.schema import first_version_of
from wire.uuids import ZERO_UUID

NAMES_IN_STATES_SINCE = first_version_of(DeleteTopicsRequest, "topics")


def handle(ctx: RequestContext, request: DeleteTopicsRequest) -> DeleteTopicsResponse:
    node = ctx.node
    if not node.settings.flag("delete.topic.enable"):
        raise KafkaError(
            ErrorCode.TOPIC_DELETION_DISABLED if ctx.api_version >= 3 else ErrorCode.INVALID_REQUEST
        )
    named: Counter[tuple[str | None, bytes]] = Counter()
    failures: list[DeletableTopicResult] = []
    for asked in _asked(ctx.api_version, request):
        if refusal := _not_one(asked):
            failures.append(_result(asked.name, asked.topic_id, refusal.code, refusal.message))
        else:
            named[asked.name, asked.topic_id] += 1
    if 1 in named.values() and request.timeout_ms <= 0:  # what comes twice is not tried
        return error_response(request, ErrorCode.REQUEST_TIMED_OUT)
    found: dict[bytes, TopicImage] = {}
    for name, topic_id in sorted(named, key=lambda key: key[0] is not None):  # ids first, as Kafka
        try:
            topic = _resolve(node, name, topic_id, named[name, topic_id] > 1)
        except KafkaError as error:
            failures.append(_result(name, topic_id, error.code, error.message))
            continue
        if topic.topic_id in found:
            del found[topic.topic_id]
            message = "The provided topic name maps to an ID that was already supplied."
            failures.append(_result(name, topic.topic_id, ErrorCode.INVALID_REQUEST, message))
        else:
            found[topic.topic_id] = topic
    deleted = list(found.values())[:MAX_RECORDS_PER_REQUEST]
    if deleted:
        node.metadata.delete_topics(deleted)
    # Kafka's list of records is full for those that are left, which it has no better code for.
    failures += [
        _result(topic.name, topic.topic_id, ErrorCode.UNKNOWN_SERVER_ERROR)
        for topic in list(found.values())[MAX_RECORDS_PER_REQUEST:]
    ]
    results = [_result(topic.name, topic.topic_id, ErrorCode.NONE) for topic in deleted]
    return DeleteTopicsResponse(responses=results + failures)


def _result(
    name: str | None, topic_id: bytes, code: ErrorCode, message: str | None = None
) -> DeletableTopicResult:
    return DeletableTopicResult(
        name=name, topic_id=topic_id, error_code=code, error_message=message
    )


def _asked(version: int, request: DeleteTopicsRequest) -> list[DeleteTopicState]:
    if version >= NAMES_IN_STATES_SINCE:
        return request.topics
    return [DeleteTopicState(name=name, topic_id=ZERO_UUID) for name in request.topic_names]


def _not_one(topic: DeleteTopicState) -> KafkaError | None:
    """What is wrong with an entry that has no name and no id, or both."""
    if topic.name is None and topic.topic_id == ZERO_UUID:
        return KafkaError(ErrorCode.INVALID_REQUEST, "Neither topic name nor id were specified.")
    if topic.name is not None and topic.topic_id != ZERO_UUID:
        return KafkaError(
            ErrorCode.INVALID_REQUEST, "You may not specify both topic name and topic id."
        )
    return None


def _resolve(node: Node, name: str | None, topic_id: bytes, repeated: bool) -> TopicImage:
    """Raises KafkaError with Kafka's code and words."""
    if repeated:
        what = "id" if name is None else "name"
        raise KafkaError(ErrorCode.INVALID_REQUEST, f"Duplicate topic {what}.")
    if name is None:
        found = node.metadata.latest.topic_by_id(topic_id)
        if found is None:
            raise KafkaError(ErrorCode.UNKNOWN_TOPIC_ID, "This server does not host this topic ID.")
        return found
    found = node.metadata.latest.topic(name)
    if found is None:
        raise KafkaError(
            ErrorCode.UNKNOWN_TOPIC_OR_PARTITION,
            UNKNOWN_PARTITION_TEXT,
        )
    return found


def error_response(request: DeleteTopicsRequest, code: ErrorCode) -> DeleteTopicsResponse:
    states = request.topics or [
        DeleteTopicState(name=name, topic_id=ZERO_UUID) for name in request.topic_names
    ]
    return DeleteTopicsResponse(
        responses=[_result(topic.name, topic.topic_id, code) for topic in states]
    )
