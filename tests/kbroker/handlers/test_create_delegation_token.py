"""Delegation tokens are for clients that authenticated."""

from __future__ import annotations

from tests.drivers import BrokerDriver
from wire.errors import ErrorCode
from wire.messages.create_delegation_token import CreateDelegationTokenRequest


def test_an_anonymous_client_may_not() -> None:
    request = CreateDelegationTokenRequest(renewers=[], max_lifetime_ms=-1)
    answer = BrokerDriver().connect().ask(request, 3)
    assert answer.error_code == ErrorCode.DELEGATION_TOKEN_REQUEST_NOT_ALLOWED


def test_the_owner_is_told_as_it_was_asked_for() -> None:
    for name, told in (("somebody", "somebody"), ("", "ANONYMOUS"), (None, "ANONYMOUS")):
        request = CreateDelegationTokenRequest(
            owner_principal_type="User", owner_principal_name=name, renewers=[], max_lifetime_ms=-1
        )
        answer = BrokerDriver().connect().ask(request, 3)
        assert (answer.principal_name, answer.token_requester_principal_name) == (told, "ANONYMOUS")
