"""DescribeAcls: without an authorizer there are no rules to show."""

from __future__ import annotations

from kbroker.context import CloseConnection, RequestContext
from wire.errors import ErrorCode
from wire.messages.describe_acls import DescribeAclsRequest, DescribeAclsResponse

UNKNOWN = 0  # of every kind of thing that a filter or a rule names; Kafka refuses to read it


def handle(_ctx: RequestContext, request: DescribeAclsRequest) -> DescribeAclsResponse:
    kinds = (request.resource_type_filter, request.pattern_type_filter)
    if UNKNOWN in (*kinds, request.operation, request.permission_type):
        raise CloseConnection("a DescribeAcls request with unknown elements")
    return error_response(
        request, ErrorCode.SECURITY_DISABLED, "No Authorizer is configured on the broker"
    )


def error_response(
    _request: DescribeAclsRequest, code: ErrorCode, message: str | None = None
) -> DescribeAclsResponse:
    return DescribeAclsResponse(error_code=code, error_message=message, resources=[])
