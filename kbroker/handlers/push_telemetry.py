"""PushTelemetry: a client's metrics, kept in a topic if they are received at all (KIP-714)."""

from __future__ import annotations

from kbroker.context import RequestContext
from kbroker.metadata.topic_creation import NewTopic
from kbroker.telemetry import TOPIC, attributes
from wire.errors import CorruptBatch, ErrorCode, KafkaError
from wire.messages.push_telemetry import PushTelemetryRequest, PushTelemetryResponse
from wire.records import BatchBuilder
from wire.records.compression import decompress
from wire.uuids import uuid_to_text


def handle(ctx: RequestContext, request: PushTelemetryRequest) -> PushTelemetryResponse:
    telemetry = ctx.node.telemetry
    client = telemetry.accept(ctx, request)
    if request.metrics:
        try:
            metrics = bytes(decompress(request.compression_type, request.metrics))
        except CorruptBatch:
            client.last_error = ErrorCode.INVALID_RECORD
            raise KafkaError(ErrorCode.INVALID_RECORD) from None
        if telemetry.is_received:
            _keep(ctx, request, metrics)
    return PushTelemetryResponse(error_code=0)


def _keep(ctx: RequestContext, request: PushTelemetryRequest, metrics: bytes) -> None:
    """OpenTelemetry's MetricsData as a value; its key and headers say whose it is."""
    client_id = request.client_instance_id
    headers = [
        (name, value.encode())
        for name, value in attributes(ctx, client_id).items()
        if value is not None
    ]
    builder = BatchBuilder()
    builder.append(ctx.node.clock.now_ms(), uuid_to_text(client_id).encode(), metrics, headers)
    ctx.node.ensure_topic(NewTopic(TOPIC, 1, 1))
    ctx.node.telemetry_log.append(0, builder.build())


def error_response(request: PushTelemetryRequest, code: ErrorCode) -> PushTelemetryResponse:
    return PushTelemetryResponse(error_code=code)
