"""Delegation tokens are for clients that authenticated."""

from __future__ import annotations

from tests.drivers import BrokerDriver
from wire.errors import ErrorCode
from wire.messages.expire_delegation_token import ExpireDelegationTokenRequest


def test_an_anonymous_client_may_not() -> None:
    request = ExpireDelegationTokenRequest(hmac=b"x", expiry_time_period_ms=1)
    answer = BrokerDriver().connect().ask(request, 2)
    code = ErrorCode.DELEGATION_TOKEN_REQUEST_NOT_ALLOWED
    assert (answer.error_code, answer.expiry_timestamp_ms) == (code, -1)
