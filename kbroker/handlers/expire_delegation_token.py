"""ExpireDelegationToken: for a client that did not authenticate none is expired (KIP-48)."""

from __future__ import annotations

from kbroker.context import RequestContext
from wire.errors import ErrorCode
from wire.messages.expire_delegation_token import (
    ExpireDelegationTokenRequest,
    ExpireDelegationTokenResponse,
)


def handle(
    _ctx: RequestContext, request: ExpireDelegationTokenRequest
) -> ExpireDelegationTokenResponse:
    return error_response(request, ErrorCode.DELEGATION_TOKEN_REQUEST_NOT_ALLOWED)


def error_response(
    _request: ExpireDelegationTokenRequest, code: ErrorCode
) -> ExpireDelegationTokenResponse:
    return ExpireDelegationTokenResponse(error_code=code, expiry_timestamp_ms=-1)
