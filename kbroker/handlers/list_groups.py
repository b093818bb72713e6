"""ListGroups: the groups that this broker coordinates.

v4 filters by state (KIP-518), v5 by type (KIP-848); case does not matter, nor do spaces around
states. A type that nobody knows filters all groups out, as in Kafka.
"""

from __future__ import annotations

from kbroker.context import RequestContext
from wire.errors import ErrorCode
from wire.messages.list_groups import ListedGroup, ListGroupsRequest, ListGroupsResponse


def handle(ctx: RequestContext, request: ListGroupsRequest) -> ListGroupsResponse:
    states = {state.lower().strip() for state in request.states_filter}
    types = {type_.lower() for type_ in request.types_filter}

    def accepts(group: ListedGroup) -> bool:
        return (not states or group.group_state.lower() in states) and (
            not types or group.group_type in types
        )

    return ListGroupsResponse(
        error_code=ErrorCode.NONE, groups=ctx.node.groups.list_groups(accepts)
    )


def error_response(request: ListGroupsRequest, code: ErrorCode) -> ListGroupsResponse:
    return ListGroupsResponse(error_code=code, groups=[])
