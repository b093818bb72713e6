"""UnregisterBroker: the cluster forgets a broker that is gone for good (KIP-631)."""

from __future__ import annotations

from wire.api_keys import ApiKey
from wire.schema import Message, int16, int32, string


class UnregisterBrokerRequest(Message, api=ApiKey.UNREGISTER_BROKER):
    broker_id: int = int32()


class UnregisterBrokerResponse(Message, api=ApiKey.UNREGISTER_BROKER):
    throttle_time_ms: int = int32(default=0)
    error_code: int = int16()
    error_message: str | None = string(null_since=0, default="")
