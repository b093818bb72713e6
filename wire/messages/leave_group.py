"""LeaveGroup: members leave a classic group. v3 takes several at once, v5 reasons."""

from __future__ import annotations

from wire.api_keys import ApiKey
from wire.schema import Message, Struct, array, int16, int32, string


class MemberIdentity(Struct):
    member_id: str = string()
    group_instance_id: str | None = string(null_since=3, default=None)
    reason: str | None = string(since=5, null_since=5, default=None)


class LeaveGroupRequest(Message, api=ApiKey.LEAVE_GROUP):
    group_id: str = string()
    member_id: str = string(until=2, default="")
    members: list[MemberIdentity] = array(MemberIdentity, since=3, default=[])


class MemberResponse(Struct):
    member_id: str = string()
    group_instance_id: str | None = string(null_since=3)
    error_code: int = int16()


class LeaveGroupResponse(Message, api=ApiKey.LEAVE_GROUP):
    throttle_time_ms: int = int32(since=1, default=0)
    error_code: int = int16()
    members: list[MemberResponse] = array(MemberResponse, since=3, default=[])
