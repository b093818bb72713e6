"""DeleteTopics: by name and, from v6 on, by id. v5 brings error messages."""

from __future__ import annotations

from wire.api_keys import ApiKey
from wire.schema import (
    Message,
    Struct,
    array,
    int16,
    int32,
    string,
    uuid,
)
from wire.uuids import ZERO_UUID


class DeleteTopicState(Struct):
    name: str | None = string(null_since=6, default=None)
    topic_id: bytes = uuid()


class DeleteTopicsRequest(Message, api=ApiKey.DELETE_TOPICS):
    topics: list[DeleteTopicState] = array(DeleteTopicState, since=6, default=[])
    topic_names: list[str] = array(string, until=5, default=[])
    timeout_ms: int = int32()


class DeletableTopicResult(Struct):
    name: str | None = string(null_since=6)
    topic_id: bytes = uuid(since=6, default=ZERO_UUID)
    error_code: int = int16()
    error_message: str | None = string(since=5, null_since=5, default=None)


class DeleteTopicsResponse(Message, api=ApiKey.DELETE_TOPICS):
    throttle_time_ms: int = int32(since=1, default=0)
    responses: list[DeletableTopicResult] = array(DeletableTopicResult)
