"""LeaveGroup: members leave a classic group, or an administrator removes static ones.

Before v3 one member leaves and its error is that of the response; from v3 on each has its own
(KIP-345). Members of consumer groups (KIP-848) are not served yet.
"""

from __future__ import annotations

from kbroker.context import RequestContext
from wire.errors import ErrorCode
from wire.messages.leave_group import LeaveGroupRequest, LeaveGroupResponse, MemberIdentity
from wire.schema import first_version_of

SEVERAL_MEMBERS_SINCE = first_version_of(LeaveGroupRequest, "members")


def handle(ctx: RequestContext, request: LeaveGroupRequest) -> LeaveGroupResponse:
    if ctx.api_version >= SEVERAL_MEMBERS_SINCE:
        members = ctx.node.groups.leave_group(request.group_id, request.members)
        return LeaveGroupResponse(error_code=ErrorCode.NONE, members=members)
    leaving = MemberIdentity(member_id=request.member_id)
    (member,) = ctx.node.groups.leave_group(request.group_id, [leaving])
    return LeaveGroupResponse(error_code=member.error_code)


def error_response(request: LeaveGroupRequest, code: ErrorCode) -> LeaveGroupResponse:
    return LeaveGroupResponse(error_code=code)
