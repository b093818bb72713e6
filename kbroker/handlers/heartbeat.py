"""Heartbeat: a member of a classic group is alive, and learns whether the group rebalances.

v3 has static members. Members of consumer groups (KIP-848) are not served yet.
"""

from __future__ import annotations

from kbroker.context import RequestContext
from wire.errors import ErrorCode
from wire.messages.heartbeat import HeartbeatRequest, HeartbeatResponse


def handle(ctx: RequestContext, request: HeartbeatRequest) -> HeartbeatResponse:
    ctx.node.groups.heartbeat(request)
    return HeartbeatResponse(error_code=ErrorCode.NONE)


def error_response(request: HeartbeatRequest, code: ErrorCode) -> HeartbeatResponse:
    return HeartbeatResponse(error_code=code)
