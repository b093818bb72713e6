"""ListGroups: the groups that this broker coordinates.

v4 filters by state and tells it (KIP-518), v5 does the same for the type of a group (KIP-848)."""

from __future__ import annotations

from wire.api_keys import ApiKey
from wire.schema import Message, Struct, array, int16, int32, string


class ListGroupsRequest(Message, api=ApiKey.LIST_GROUPS):
    states_filter: list[str] = array(string, since=4, default=[])
    types_filter: list[str] = array(string, since=5, default=[])


class ListedGroup(Struct):
    group_id: str = string()
    protocol_type: str = string()
    group_state: str = string(since=4, default="")
    group_type: str = string(since=5, default="")


class ListGroupsResponse(Message, api=ApiKey.LIST_GROUPS):
    throttle_time_ms: int = int32(since=1, default=0)
    error_code: int = int16()
    groups: list[ListedGroup] = array(ListedGroup)
