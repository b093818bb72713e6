"""DeleteGroups: empty groups and their offsets go (KIP-229).

v3 (Kafka 4.4) adds a message for each group (KIP-1331)."""

from __future__ import annotations

from wire.api_keys import ApiKey
from wire.schema import Message, Struct, array, int16, int32, string


class DeleteGroupsRequest(Message, api=ApiKey.DELETE_GROUPS):
    groups_names: list[str] = array(string)


class DeletableGroupResult(Struct):
    group_id: str = string()
    error_code: int = int16()
    error_message: str | None = string(since=3, null_since=3, default=None)


class DeleteGroupsResponse(Message, api=ApiKey.DELETE_GROUPS):
    throttle_time_ms: int = int32(default=0)
    results: list[DeletableGroupResult] = array(DeletableGroupResult)
