"""DescribeGroups: state, protocol and members of classic groups.

v3 tells what the caller may do with a group (KIP-430), v6 answers GROUP_ID_NOT_FOUND where older
versions call the group Dead (KIP-1043).
"""

from __future__ import annotations

from kbroker.context import RequestContext
from kbroker.metadata.authorized_operations import ALL_GROUP_OPERATIONS
from wire.errors import ErrorCode, KafkaError
from wire.messages.describe_groups import (
    DescribedGroup,
    DescribeGroupsRequest,
    DescribeGroupsResponse,
)

NOT_FOUND_SINCE = 6
DEAD = "Dead"


def handle(ctx: RequestContext, request: DescribeGroupsRequest) -> DescribeGroupsResponse:
    groups = [_describe(ctx, group_id) for group_id in request.groups]
    if request.include_authorized_operations:
        for group in groups:
            if group.error_code == ErrorCode.NONE:
                group.authorized_operations = ALL_GROUP_OPERATIONS
    return DescribeGroupsResponse(groups=groups)


def _describe(ctx: RequestContext, group_id: str) -> DescribedGroup:
    try:
        return ctx.node.groups.describe_group(group_id)
    except KafkaError as error:
        if error.code is not ErrorCode.GROUP_ID_NOT_FOUND:
            return _failed(group_id, error.code)
        if ctx.api_version < NOT_FOUND_SINCE:
            return _failed(group_id, ErrorCode.NONE, DEAD)
        return _failed(group_id, error.code, DEAD, error.message)


def _failed(
    group_id: str, code: ErrorCode, state: str = "", message: str | None = None
) -> DescribedGroup:
    return DescribedGroup(
        error_code=code,
        error_message=message,
        group_id=group_id,
        group_state=state,
        protocol_type="",
        protocol_data="",
        members=[],
    )


def error_response(request: DescribeGroupsRequest, code: ErrorCode) -> DescribeGroupsResponse:
    return DescribeGroupsResponse(groups=[_failed(group_id, code) for group_id in request.groups])
