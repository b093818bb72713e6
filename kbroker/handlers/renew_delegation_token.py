"""RenewDelegationToken: for a client that did not authenticate none is renewed (KIP-48)."""

from __future__ import annotations

from kbroker.context import RequestContext
from wire.errors import ErrorCode
from wire.messages.renew_delegation_token import (
    RenewDelegationTokenRequest,
    RenewDelegationTokenResponse,
)


def handle(
    _ctx: RequestContext, request: RenewDelegationTokenRequest
) -> RenewDelegationTokenResponse:
    return error_response(request, ErrorCode.DELEGATION_TOKEN_REQUEST_NOT_ALLOWED)


def error_response(
    _request: RenewDelegationTokenRequest, code: ErrorCode
) -> RenewDelegationTokenResponse:
    return RenewDelegationTokenResponse(error_code=code, expiry_timestamp_ms=-1)
