"""DeleteGroups: empty groups go, with their offsets (KIP-229). Each group has its own error."""

from __future__ import annotations

from kbroker.context import RequestContext
from wire.errors import ErrorCode, KafkaError
from wire.messages.delete_groups import (
    DeletableGroupResult,
    DeleteGroupsRequest,
    DeleteGroupsResponse,
)


def handle(ctx: RequestContext, request: DeleteGroupsRequest) -> DeleteGroupsResponse:
    results = []
    for group_id in dict.fromkeys(request.groups_names):
        try:
            results.append(ctx.node.groups.delete_group(group_id))
        except KafkaError as error:
            results.append(DeletableGroupResult(group_id=group_id, error_code=error.code))
    return DeleteGroupsResponse(results=results)


def error_response(request: DeleteGroupsRequest, code: ErrorCode) -> DeleteGroupsResponse:
    return DeleteGroupsResponse(
        results=[
            DeletableGroupResult(group_id=group_id, error_code=code)
            for group_id in dict.fromkeys(request.groups_names)
        ]
    )
