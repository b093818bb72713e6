"""CreateDelegationToken: a client that did not authenticate gets none (KIP-48)."""

from __future__ import annotations

from kbroker.context import ANONYMOUS, RequestContext
from wire.errors import ErrorCode
from wire.messages.create_delegation_token import (
    CreateDelegationTokenRequest,
    CreateDelegationTokenResponse,
)


def handle(
    _ctx: RequestContext, request: CreateDelegationTokenRequest
) -> CreateDelegationTokenResponse:
    return error_response(request, ErrorCode.DELEGATION_TOKEN_REQUEST_NOT_ALLOWED)


def error_response(
    request: CreateDelegationTokenRequest, code: ErrorCode
) -> CreateDelegationTokenResponse:
    kind, name = ANONYMOUS
    owner = (request.owner_principal_type, request.owner_principal_name)
    owner_kind, owner_name = owner if request.owner_principal_name else ANONYMOUS
    return CreateDelegationTokenResponse(
        error_code=code,
        principal_type=owner_kind or "",
        principal_name=owner_name or "",
        token_requester_principal_type=kind,
        token_requester_principal_name=name,
        issue_timestamp_ms=-1,
        expiry_timestamp_ms=-1,
        max_timestamp_ms=-1,
        token_id="",
        hmac=b"",
    )
