"""DeleteTopics: by name, and from v6 on by id; what is deleted is gone when the answer comes.

v5 and later carry messages.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from kbroker.context import RequestContext
from kbroker.metadata.image import TopicImage
from wire.errors import ErrorCode, KafkaError
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
    results: dict[tuple[str | None, bytes], DeletableTopicResult] = {}
    doomed: list[TopicImage] = []
    for topic in asked:
        key = (topic.name, topic.topic_id)
        try:
            found = _resolve(node, topic, mentions[key] > 1)
            if found not in doomed:
                doomed.append(found)
            results[key] = DeletableTopicResult(
                name=found.name, topic_id=found.topic_id, error_code=0
            )
        except KafkaError as error:
            results[key] = DeletableTopicResult(
                name=topic.name,
                topic_id=topic.topic_id,
                error_code=error.code,
                error_message=error.message,
            )
    if doomed:
        node.metadata.delete_topics(doomed)
    return DeleteTopicsResponse(responses=list(results.values()))


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
            "This server does not host this topic-partition.",
        )
    return found


def error_response(request: DeleteTopicsRequest, code: ErrorCode) -> DeleteTopicsResponse:
    states = request.topics or [
        DeleteTopicState(name=name, topic_id=ZERO_UUID) for name in request.topic_names
    ]
    return DeleteTopicsResponse(
        responses=[
            DeletableTopicResult(name=topic.name, topic_id=topic.topic_id, error_code=code)
            for topic in states
        ]
    )
