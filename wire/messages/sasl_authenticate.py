"""SaslAuthenticate: one token of the SASL mechanism in each direction (KIP-152).

v1 tells how long the session lasts before the client must authenticate again (KIP-368)."""

from __future__ import annotations

from wire.api_keys import ApiKey
from wire.schema import Message, binary, int16, int64, string


class SaslAuthenticateRequest(Message, api=ApiKey.SASL_AUTHENTICATE):
    auth_bytes: bytes = binary()


class SaslAuthenticateResponse(Message, api=ApiKey.SASL_AUTHENTICATE):
    error_code: int = int16()
    error_message: str | None = string(null_since=0, default="")
    auth_bytes: bytes = binary()
    session_lifetime_ms: int = int64(since=1, default=0)
