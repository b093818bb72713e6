"""SyncGroup: the leader hands out the assignment, the others fetch theirs.

v3 brings static members, v5 checks the protocol's type and name."""

from __future__ import annotations

from wire.api_keys import ApiKey
from wire.schema import Message, Struct, array, binary, int16, int32, string


class SyncGroupRequestAssignment(Struct):
    member_id: str = string()
    assignment: bytes = binary()


class SyncGroupRequest(Message, api=ApiKey.SYNC_GROUP):
    group_id: str = string()
    generation_id: int = int32()
    member_id: str = string()
    group_instance_id: str | None = string(since=3, null_since=3, default=None)
    protocol_type: str | None = string(since=5, null_since=5, default=None)
    protocol_name: str | None = string(since=5, null_since=5, default=None)
    assignments: list[SyncGroupRequestAssignment] = array(SyncGroupRequestAssignment)


class SyncGroupResponse(Message, api=ApiKey.SYNC_GROUP):
    throttle_time_ms: int = int32(since=1, default=0)
    error_code: int = int16()
    protocol_type: str | None = string(since=5, null_since=5, default=None)
    protocol_name: str | None = string(since=5, null_since=5, default=None)
    assignment: bytes = binary()
