"""SyncGroup: the leader hands out the assignment of a generation, the others fetch theirs.

v3 has static members, v5 says which protocol the member believes in. The answer waits for the
leader. Members of consumer groups (KIP-848) are not served yet.
"""

from __future__ import annotations

from kbroker.context import RequestContext
from kbroker.pending import Pending
from wire.errors import ErrorCode, KafkaError
from wire.messages.sync_group import SyncGroupRequest, SyncGroupResponse
from wire.schema import first_version_of

PROTOCOL_REQUIRED_SINCE = first_version_of(SyncGroupRequest, "protocol_type")


def handle(ctx: RequestContext, request: SyncGroupRequest) -> Pending[SyncGroupResponse]:
    names_protocol = request.protocol_type is not None and request.protocol_name is not None
    if ctx.api_version >= PROTOCOL_REQUIRED_SINCE and not names_protocol:
        raise KafkaError(ErrorCode.INCONSISTENT_GROUP_PROTOCOL)
    return ctx.node.groups.sync_group(request)


def error_response(request: SyncGroupRequest, code: ErrorCode) -> SyncGroupResponse:
    return SyncGroupResponse(error_code=code, assignment=b"")
