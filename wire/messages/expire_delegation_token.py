"""ExpireDelegationToken: a token ends after a period, or at once if that is negative (KIP-48)."""

from __future__ import annotations

from wire.api_keys import ApiKey
from wire.schema import Message, binary, int16, int32, int64


class ExpireDelegationTokenRequest(Message, api=ApiKey.EXPIRE_DELEGATION_TOKEN):
    hmac: bytes = binary()
    expiry_time_period_ms: int = int64()


class ExpireDelegationTokenResponse(Message, api=ApiKey.EXPIRE_DELEGATION_TOKEN):
    error_code: int = int16()
    expiry_timestamp_ms: int = int64()
    throttle_time_ms: int = int32(default=0)
