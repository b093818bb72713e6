"""Delegation tokens are for clients that authenticated."""

from __future__ import annotations

from tests.drivers import BrokerDriver
from wire.errors import ErrorCode
from wire.messages.describe_delegation_token import DescribeDelegationTokenRequest


def test_an_anonymous_client_may_not() -> None:
    request = DescribeDelegationTokenRequest(owners=None)
    answer = BrokerDriver().connect().ask(request, 3)
    assert answer.error_code == ErrorCode.DELEGATION_TOKEN_REQUEST_NOT_ALLOWED
