"""DescribeAcls: the access rules that match a filter (KIP-140).

v1 tells literal from prefixed resource names (KIP-290), v3 adds users as a kind of resource
(KIP-373)."""

from __future__ import annotations

from wire.api_keys import ApiKey
from wire.schema import Message, Struct, array, int8, int16, int32, string


class DescribeAclsRequest(Message, api=ApiKey.DESCRIBE_ACLS):
    resource_type_filter: int = int8()
    resource_name_filter: str | None = string(null_since=0)
    pattern_type_filter: int = int8(since=1, default=3)
    principal_filter: str | None = string(null_since=0)
    host_filter: str | None = string(null_since=0)
    operation: int = int8()
    permission_type: int = int8()


class AclDescription(Struct):
    principal: str = string()
    host: str = string()
    operation: int = int8()
    permission_type: int = int8()


class DescribeAclsResource(Struct):
    resource_type: int = int8()
    resource_name: str = string()
    pattern_type: int = int8(since=1, default=3)
    acls: list[AclDescription] = array(AclDescription)


class DescribeAclsResponse(Message, api=ApiKey.DESCRIBE_ACLS):
    throttle_time_ms: int = int32(default=0)
    error_code: int = int16()
    error_message: str | None = string(null_since=0, default="")
    resources: list[DescribeAclsResource] = array(DescribeAclsResource)
