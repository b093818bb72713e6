"""FindCoordinator: which broker coordinates a group, a transactional id or a share partition.

v1 brings the key's type and error messages, v4 several keys at once, v6 share groups."""

from __future__ import annotations

from wire.api_keys import ApiKey
from wire.schema import Message, Struct, array, int8, int16, int32, string


class FindCoordinatorRequest(Message, api=ApiKey.FIND_COORDINATOR):
    key: str = string(until=3, default="")
    key_type: int = int8(since=1, default=0)
    coordinator_keys: list[str] = array(string, since=4, default=[])


class Coordinator(Struct):
    key: str = string()
    node_id: int = int32()
    host: str = string()
    port: int = int32()
    error_code: int = int16()
    error_message: str | None = string(null_since=4, default="")


class FindCoordinatorResponse(Message, api=ApiKey.FIND_COORDINATOR):
    throttle_time_ms: int = int32(since=1, default=0)
    error_code: int = int16(until=3, default=0)
    error_message: str | None = string(since=1, until=3, null_since=1, default="")
    node_id: int = int32(until=3, default=0)
    host: str = string(until=3, default="")
    port: int = int32(until=3, default=0)
    coordinators: list[Coordinator] = array(Coordinator, since=4, default=[])
