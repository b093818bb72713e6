"""RenewDelegationToken: a token lives on for a period, up to its maximum (KIP-48)."""

from __future__ import annotations

from wire.api_keys import ApiKey
from wire.schema import Message, binary, int16, int32, int64


class RenewDelegationTokenRequest(Message, api=ApiKey.RENEW_DELEGATION_TOKEN):
    hmac: bytes = binary()
    renew_period_ms: int = int64()


class RenewDelegationTokenResponse(Message, api=ApiKey.RENEW_DELEGATION_TOKEN):
    error_code: int = int16()
    expiry_timestamp_ms: int = int64()
    throttle_time_ms: int = int32(default=0)
