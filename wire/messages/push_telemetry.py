"""PushTelemetry: a client's metrics, OTLP in protobuf, possibly compressed (KIP-714)."""

from __future__ import annotations

from wire.api_keys import ApiKey
from wire.schema import Message, binary, boolean, int8, int16, int32, uuid


class PushTelemetryRequest(Message, api=ApiKey.PUSH_TELEMETRY):
    client_instance_id: bytes = uuid()
    subscription_id: int = int32()
    terminating: bool = boolean()
    compression_type: int = int8()
    metrics: bytes = binary()


class PushTelemetryResponse(Message, api=ApiKey.PUSH_TELEMETRY):
    throttle_time_ms: int = int32(default=0)
    error_code: int = int16()
