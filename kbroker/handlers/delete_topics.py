"""DeleteTopics: by name, and from v6 on by id; what is deleted is gone when the answer comes.

v5 and later carry messages.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from kbroker.context import RequestContext
from kbroker.metadata.image import TopicImage
from wire.errors import UNKNOWN_PARTITION_TEXT, ErrorCode, KafkaError
from wire.messages.delete_topics import (
    DeletableTopicResult,
    DeleteTopicsRequest,
    DeleteTopicsResponse,
    DeleteTopicState,
)
from wire.uuids import ZERO_UUID

if TYPE_CHECKING:
    from kbroker.node import Node

NAMES_IN_STATES_SINCE = 6


def handle(ctx: RequestContext, request: DeleteTopicsRequest) -> DeleteTopicsResponse:
    node = ctx.node
    if not node.config.flag("delete.topic.enable"):
        raise KafkaError(
            ErrorCode.TOPIC_DELETION_DISABLED if ctx.api_version >= 3 else ErrorCode.INVALID_REQUEST
        )
    asked = _asked(ctx.api_version, request)
    mentions = Counter((topic.name, topic.topic_id) for topic in asked)
    failures: dict[tuple[str | None, bytes], DeletableTopicResult] = {}
    doomed: dict[bytes, TopicImage] = {}
    for topic in sorted(asked, key=lambda topic: topic.name is not None):  # ids first, as Kafka
        key = (topic.name, topic.topic_id)
        try:
            found = _resolve(node, topic, mentions[key] > 1)
        except KafkaError as error:
            failures[key] = _failed(topic.name, topic.topic_id, error.code, error.message)
            continue
        if found.topic_id in doomed:
            del doomed[found.topic_id]
            message = "The provided topic name maps to an ID that was already supplied."
            failures[key] = _failed(topic.name, found.topic_id, ErrorCode.INVALID_REQUEST, message)
        else:
            doomed[found.topic_id] = found
    if doomed:
        node.metadata.delete_topics(list(doomed.values()))
    deleted = [
        DeletableTopicResult(name=topic.name, topic_id=topic_id, error_code=0)
        for topic_id, topic in doomed.items()
    ]
    return DeleteTopicsResponse(responses=deleted + list(failures.values()))


def _failed(
    name: str | None, topic_id: bytes, code: ErrorCode, message: str | None = None
) -> DeletableTopicResult:
    return DeletableTopicResult(
        name=name, topic_id=topic_id, error_code=code, error_message=message
    )


def _asked(version: int, request: DeleteTopicsRequest) -> list[DeleteTopicState]:
    if version >= NAMES_IN_STATES_SINCE:
        return request.topics
    return [DeleteTopicState(name=name, topic_id=ZERO_UUID) for name in request.topic_names]


def _resolve(node: Node, topic: DeleteTopicState, repeated: bool) -> TopicImage:
    """Raises KafkaError with Kafka's code and words."""
    if topic.name is None and topic.topic_id == ZERO_UUID:
        raise KafkaError(ErrorCode.INVALID_REQUEST, "Neither topic name nor id were specified.")
    if topic.name is not None and topic.topic_id != ZERO_UUID:
        raise KafkaError(
            ErrorCode.INVALID_REQUEST, "You may not specify both topic name and topic id."
        )
    if repeated:
        what = "id" if topic.name is None else "name"
        raise KafkaError(ErrorCode.INVALID_REQUEST, f"Duplicate topic {what}.")
    if topic.name is None:
        found = node.metadata.image.topic_by_id(topic.topic_id)
        if found is None:
            raise KafkaError(ErrorCode.UNKNOWN_TOPIC_ID, "This server does not host this topic ID.")
        return found
    found = node.metadata.image.topic(topic.name)
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
        responses=[_failed(topic.name, topic.topic_id, code) for topic in states]
    )
