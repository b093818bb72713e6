"""DeleteAcls: without an authorizer there are no rules to remove."""

from __future__ import annotations

from kbroker.context import CloseConnection, RequestContext
from kbroker.handlers.describe_acls import UNKNOWN
from wire.errors import ErrorCode
from wire.messages.delete_acls import DeleteAclsFilterResult, DeleteAclsRequest, DeleteAclsResponse


def handle(_ctx: RequestContext, request: DeleteAclsRequest) -> DeleteAclsResponse:
    for rule in request.filters:
        kinds = (rule.resource_type_filter, rule.pattern_type_filter)
        if UNKNOWN in (*kinds, rule.operation, rule.permission_type):
            raise CloseConnection("a DeleteAcls request with unknown elements")
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
