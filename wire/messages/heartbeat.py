"""Heartbeat: a member of a classic group is alive. v3 brings static members."""

from __future__ import annotations

from wire.api_keys import ApiKey
from wire.schema import Message, int16, int32, string


class HeartbeatRequest(Message, api=ApiKey.HEARTBEAT):
    group_id: str = string()
    generation_id: int = int32()
    member_id: str = string()
    group_instance_id: str | None = string(since=3, null_since=3, default=None)


class HeartbeatResponse(Message, api=ApiKey.HEARTBEAT):
    throttle_time_ms: int = int32(since=1, default=0)
    error_code: int = int16()
