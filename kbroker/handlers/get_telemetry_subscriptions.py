"""GetTelemetrySubscriptions: which of its metrics a client is to push, and how often (KIP-714)."""

from __future__ import annotations

from kbroker.context import RequestContext
from kbroker.telemetry import Client
from wire.errors import ErrorCode
from wire.messages.get_telemetry_subscriptions import (
    GetTelemetrySubscriptionsRequest,
    GetTelemetrySubscriptionsResponse,
)
from wire.records.compression import Compression
from wire.uuids import ZERO_UUID

# In the order of Kafka's preference.
ACCEPTED = [Compression.ZSTD, Compression.LZ4, Compression.GZIP, Compression.SNAPPY]


def handle(
    ctx: RequestContext, request: GetTelemetrySubscriptionsRequest
) -> GetTelemetrySubscriptionsResponse:
    client = Client(ctx.connection, ctx.client_id, request.client_instance_id)
    instance_id, instance = ctx.node.telemetry.subscribe(client)
    return GetTelemetrySubscriptionsResponse(
        error_code=0,
        client_instance_id=instance_id,
        subscription_id=instance.subscription_id,
        accepted_compression_types=list(ACCEPTED),
        push_interval_ms=instance.push_interval_ms,
        telemetry_max_bytes=ctx.node.settings.integer("telemetry.max.bytes"),
        delta_temporality=True,
        requested_metrics=instance.metrics,
    )


def error_response(
    request: GetTelemetrySubscriptionsRequest, code: ErrorCode
) -> GetTelemetrySubscriptionsResponse:
    return GetTelemetrySubscriptionsResponse(
        error_code=code,
        client_instance_id=ZERO_UUID,
        subscription_id=0,
        accepted_compression_types=[],
        push_interval_ms=0,
        telemetry_max_bytes=0,
        delta_temporality=False,
        requested_metrics=[],
    )
