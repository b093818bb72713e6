"""CreateAcls: without an authorizer no rule can be made."""

from __future__ import annotations

from kbroker.context import CloseConnection, RequestContext
from kbroker.handlers.describe_acls import UNKNOWN
from wire.errors import ErrorCode
from wire.messages.create_acls import AclCreationResult, CreateAclsRequest, CreateAclsResponse


def handle(_ctx: RequestContext, request: CreateAclsRequest) -> CreateAclsResponse:
    for made in request.creations:
        kinds = (made.resource_type, made.resource_pattern_type)
        if UNKNOWN in (*kinds, made.operation, made.permission_type):
            raise CloseConnection("a CreateAcls request with unknown elements")
    return error_response(request, ErrorCode.SECURITY_DISABLED, "No Authorizer is configured.")


def error_response(
    request: CreateAclsRequest, code: ErrorCode, message: str | None = None
) -> CreateAclsResponse:
    results = [AclCreationResult(error_code=code, error_message=message) for _ in request.creations]
    return CreateAclsResponse(results=results)
