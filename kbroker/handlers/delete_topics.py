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
    if not node.settings.flag("delete.topic.enable"):
        raise KafkaError(
            ErrorCode.TOPIC_DELETION_DISABLED if ctx.api_version >= 3 else ErrorCode.INVALID_REQUEST
        )
    named: Counter[tuple[str | None, bytes]] = Counter()
    failures: list[DeletableTopicResult] = []
    for topic in _asked(ctx.api_version, request):
        if error := _not_one(topic):
            failures.append(_failed(topic.name, topic.topic_id, error.code, error.message))
        else:
            named[topic.name, topic.topic_id] += 1
    doomed: dict[bytes, TopicImage] = {}
    for name, topic_id in sorted(named, key=lambda key: key[0] is not None):  # ids first, as Kafka
        try:
            found = _resolve(node, name, topic_id, named[name, topic_id] > 1)
        except KafkaError as error:
            failures.append(_failed(name, topic_id, error.code, error.message))
            continue
        if found.topic_id in doomed:
            del doomed[found.topic_id]
            message = "The provided topic name maps to an ID that was already supplied."
            failures.append(_failed(name, found.topic_id, ErrorCode.INVALID_REQUEST, message))
        else:
            doomed[found.topic_id] = found
    if doomed:
        node.metadata.delete_topics(list(doomed.values()))
    deleted = [
        DeletableTopicResult(name=topic.name, topic_id=topic_id, error_code=0)
        for topic_id, topic in doomed.items()
    ]
    return DeleteTopicsResponse(responses=deleted + failures)


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


def _not_one(topic: DeleteTopicState) -> KafkaError | None:
    """What is no name and no id is told as often as it comes."""
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
        found = node.metadata.image.topic_by_id(topic_id)
        if found is None:
            raise KafkaError(ErrorCode.UNKNOWN_TOPIC_ID, "This server does not host this topic ID.")
        return found
    found = node.metadata.image.topic(name)
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
