"""DescribeGroups: state, protocol and members of classic groups.

v3 adds what the caller may do with a group (KIP-430), v4 static members (KIP-345), v6 answers
GROUP_ID_NOT_FOUND with a message where older versions call the group Dead (KIP-1043)."""

from __future__ import annotations

from wire.api_keys import ApiKey
from wire.schema import Message, Struct, array, binary, boolean, int16, int32, string


class DescribeGroupsRequest(Message, api=ApiKey.DESCRIBE_GROUPS):
    groups: list[str] = array(string)
    include_authorized_operations: bool = boolean(since=3, default=False)


class DescribedGroupMember(Struct):
    member_id: str = string()
    group_instance_id: str | None = string(since=4, null_since=4, default=None)
    client_id: str = string()
    client_host: str = string()
    member_metadata: bytes = binary()
    member_assignment: bytes = binary()


class DescribedGroup(Struct):
    error_code: int = int16()
    error_message: str | None = string(since=6, null_since=6, default=None)
    group_id: str = string()
    group_state: str = string()
    protocol_type: str = string()
    protocol_data: str = string()
    members: list[DescribedGroupMember] = array(DescribedGroupMember)
    authorized_operations: int = int32(since=3, default=-2147483648)


class DescribeGroupsResponse(Message, api=ApiKey.DESCRIBE_GROUPS):
    throttle_time_ms: int = int32(since=1, default=0)
    groups: list[DescribedGroup] = array(DescribedGroup)
