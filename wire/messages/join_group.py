"""JoinGroup: a member of a classic group takes part in the next generation.

v1 brings a rebalance timeout of its own, v4 two-step joining (MEMBER_ID_REQUIRED), v5 static
members, v7 the protocol's type in the answer, v8 a reason, v9 lets the leader skip assigning."""

from __future__ import annotations

from wire.api_keys import ApiKey
from wire.schema import Message, Struct, array, binary, boolean, int16, int32, string


class JoinGroupRequestProtocol(Struct):
    name: str = string()
    metadata: bytes = binary()


class JoinGroupRequest(Message, api=ApiKey.JOIN_GROUP):
    group_id: str = string()
    session_timeout_ms: int = int32()
    rebalance_timeout_ms: int = int32(since=1, default=-1)
    member_id: str = string()
    group_instance_id: str | None = string(since=5, null_since=5, default=None)
    protocol_type: str = string()
    protocols: list[JoinGroupRequestProtocol] = array(JoinGroupRequestProtocol)
    reason: str | None = string(since=8, null_since=8, default=None)


class JoinGroupResponseMember(Struct):
    member_id: str = string()
    group_instance_id: str | None = string(since=5, null_since=5, default=None)
    metadata: bytes = binary()


class JoinGroupResponse(Message, api=ApiKey.JOIN_GROUP):
    throttle_time_ms: int = int32(since=2, default=0)
    error_code: int = int16()
    generation_id: int = int32(default=-1)
    protocol_type: str | None = string(since=7, null_since=7, default=None)
    protocol_name: str | None = string(null_since=7)
    leader: str = string()
    skip_assignment: bool = boolean(since=9, default=False)
    member_id: str = string()
    members: list[JoinGroupResponseMember] = array(JoinGroupResponseMember)
