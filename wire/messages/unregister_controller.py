"""UnregisterController: the cluster forgets a controller that is gone for good.

New in Kafka 4.4 (KAFKA-20395)."""

from __future__ import annotations

from wire.api_keys import ApiKey
from wire.schema import Message, int16, int32, string


class UnregisterControllerRequest(Message, api=ApiKey.UNREGISTER_CONTROLLER):
    controller_id: int = int32()


class UnregisterControllerResponse(Message, api=ApiKey.UNREGISTER_CONTROLLER):
    throttle_time_ms: int = int32(default=0)
    error_code: int = int16()
    error_message: str | None = string(null_since=0, default="")
