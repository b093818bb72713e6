"""PushTelemetry: a client's metrics, kept in a topic if they are received at all (KIP-714)."""

from __future__ import annotations

from kbroker.context import RequestContext
from kbroker.metadata.topic_creation import NewTopic
from kbroker.telemetry import TOPIC, Client, Push
from wire.errors import CorruptBatch, ErrorCode, KafkaError
from wire.messages.push_telemetry import PushTelemetryRequest, PushTelemetryResponse
from wire.records import BatchBuilder
from wire.records.compression import decompress
from wire.uuids import uuid_to_text


def handle(ctx: RequestContext, request: PushTelemetryRequest) -> PushTelemetryResponse:
    telemetry = ctx.node.telemetry
    client = Client(ctx.connection, ctx.client_id, request.client_instance_id)
    push = Push(
        request.subscription_id,
        request.terminating,
        request.compression_type,
        len(request.metrics),
    )
    instance = telemetry.accept(client, push)
    if request.metrics:
        try:
            metrics = bytes(decompress(request.compression_type, request.metrics))
        except CorruptBatch:
            instance.last_error = ErrorCode.INVALID_RECORD
            raise KafkaError(ErrorCode.INVALID_RECORD) from None
        if telemetry.is_received:
            _keep(ctx, client, metrics)
    return PushTelemetryResponse(error_code=0)


def _keep(ctx: RequestContext, client: Client, metrics: bytes) -> None:
    """OpenTelemetry's MetricsData as a value; its key and headers say whose it is."""
    headers = [
        (name, value.encode()) for name, value in client.attributes().items() if value is not None
    ]
    builder = BatchBuilder()
    key = uuid_to_text(client.instance_id).encode()
    builder.append(ctx.node.clock.now_ms(), key, metrics, headers)
    ctx.node.auto_topic_creation.ensure(NewTopic(TOPIC, 1, 1))
    ctx.node.telemetry_log.append(0, builder.build())


def error_response(request: PushTelemetryRequest, code: ErrorCode) -> PushTelemetryResponse:
    return PushTelemetryResponse(error_code=code)
