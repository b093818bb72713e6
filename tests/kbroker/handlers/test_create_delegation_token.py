"""Delegation tokens are for clients that authenticated."""

from __future__ import annotations

from tests.drivers import BrokerDriver
from wire.errors import ErrorCode
from wire.messages.create_delegation_token import (
    CreateDelegationTokenRequest,
    CreateDelegationTokenResponse,
)


def test_an_anonymous_client_may_not() -> None:
    request = CreateDelegationTokenRequest(renewers=[], max_lifetime_ms=-1)
    answer = BrokerDriver().connect().ask(request, 3)
    assert answer == CreateDelegationTokenResponse(
        error_code=ErrorCode.DELEGATION_TOKEN_REQUEST_NOT_ALLOWED,
        principal_type="User",
        principal_name="ANONYMOUS",
        token_requester_principal_type="User",
        token_requester_principal_name="ANONYMOUS",
        issue_timestamp_ms=-1,
        expiry_timestamp_ms=-1,
        max_timestamp_ms=-1,
        token_id="",
        hmac=b"",
    )


def test_the_owner_is_told_as_it_was_asked_for() -> None:
    """A name counts with its type, whatever that is, and without one there is no owner."""
    found = []
    for name in ("somebody", "", None):
        request = CreateDelegationTokenRequest(
            owner_principal_type="Robot", owner_principal_name=name, renewers=[], max_lifetime_ms=-1
        )
        answer = BrokerDriver().connect().ask(request, 3)
        found.append((answer.principal_type, answer.principal_name))

    assert found == [("Robot", "somebody"), ("User", "ANONYMOUS"), ("User", "ANONYMOUS")]
