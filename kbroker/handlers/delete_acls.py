"""DeleteAcls: without an authorizer there are no rules to remove."""

from __future__ import annotations

from kbroker.context import RequestContext
from wire.errors import ErrorCode
from wire.messages.delete_acls import DeleteAclsFilterResult, DeleteAclsRequest, DeleteAclsResponse


def handle(_ctx: RequestContext, request: DeleteAclsRequest) -> DeleteAclsResponse:
    return error_response(request, ErrorCode.SECURITY_DISABLED, "No Authorizer is configured.")


def error_response(
    request: DeleteAclsRequest, code: ErrorCode, message: str | None = None
) -> DeleteAclsResponse:
    return DeleteAclsResponse(
        filter_results=[
            DeleteAclsFilterResult(error_code=code, error_message=message, matching_acls=[])
            for _ in request.filters
        ]
    )
