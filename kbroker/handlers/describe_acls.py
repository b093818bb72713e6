"""DescribeAcls: without an authorizer there are no rules to show."""

from __future__ import annotations

from kbroker.context import RequestContext
from wire.errors import ErrorCode
from wire.messages.describe_acls import DescribeAclsRequest, DescribeAclsResponse


def handle(_ctx: RequestContext, request: DescribeAclsRequest) -> DescribeAclsResponse:
    return error_response(
        request, ErrorCode.SECURITY_DISABLED, "No Authorizer is configured on the broker"
    )


def error_response(
    _request: DescribeAclsRequest, code: ErrorCode, message: str | None = None
) -> DescribeAclsResponse:
    return DescribeAclsResponse(error_code=code, error_message=message, resources=[])
