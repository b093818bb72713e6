"""SaslHandshake: the client names its SASL mechanism (KIP-43).

After v0 the mechanism's tokens follow as bare frames, after v1 inside of SaslAuthenticate
(KIP-152)."""

from __future__ import annotations

from wire.api_keys import ApiKey
from wire.schema import Message, array, int16, string


class SaslHandshakeRequest(Message, api=ApiKey.SASL_HANDSHAKE):
    mechanism: str = string()


class SaslHandshakeResponse(Message, api=ApiKey.SASL_HANDSHAKE):
    error_code: int = int16()
    mechanisms: list[str] = array(string)
