"""JoinGroup: a member takes part in the next generation of a classic group.

v0 has no rebalance timeout of its own, v4 joins in two steps (KIP-394), v5 has static members
(KIP-345), v9 lets a static leader that restarted skip the assignment (KIP-814). The answer waits
until the group's join round ends. Members of consumer groups (KIP-848) are not served yet.
"""

from __future__ import annotations

from kbroker.context import RequestContext
from kbroker.pending import Pending
from wire.errors import ErrorCode
from wire.messages.join_group import JoinGroupRequest, JoinGroupResponse


def handle(ctx: RequestContext, request: JoinGroupRequest) -> Pending[JoinGroupResponse]:
    # A client without an id counts as one with the empty id.
    client_id = ctx.client_id or ""
    client_host = f"/{ctx.connection.client_host}"
    return ctx.node.groups.join_group(request, ctx.api_version, client_id, client_host)


def error_response(request: JoinGroupRequest, code: ErrorCode) -> JoinGroupResponse:
    return JoinGroupResponse(error_code=code, protocol_name="", leader="", member_id="", members=[])
