"""The metrics of clients, as a command shows them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
from opentelemetry.proto.metrics.v1.metrics_pb2 import (
    Gauge,
    Metric,
    MetricsData,
    NumberDataPoint,
    ResourceMetrics,
    ScopeMetrics,
    Sum,
)

from kbroker.cli import run
from kbroker.cli.raw_client import RawClient
from kbroker.telemetry import RECEIVER
from tests.kbroker.cli.serving import serving
from wire.messages.get_telemetry_subscriptions import GetTelemetrySubscriptionsRequest
from wire.messages.push_telemetry import PushTelemetryRequest
from wire.uuids import ZERO_UUID


def metrics() -> bytes:
    node = KeyValue(key="node.id", value=AnyValue(int_value=1))
    latency = Metric(
        name="latency.avg",
        gauge=Gauge(data_points=[NumberDataPoint(as_double=1.5, attributes=[node])]),
    )
    total = Metric(name="created.total", sum=Sum(data_points=[NumberDataPoint(as_int=3)]))
    scope = ScopeMetrics(metrics=[latency, total])
    data = MetricsData(resource_metrics=[ResourceMetrics(scope_metrics=[scope])])
    return bytes(data.SerializeToString())


def push(address: str) -> None:
    client = RawClient(address)
    asked = client.ask(GetTelemetrySubscriptionsRequest(client_instance_id=ZERO_UUID), 0)
    request = PushTelemetryRequest(
        client_instance_id=asked.client_instance_id,
        subscription_id=asked.subscription_id,
        terminating=False,
        compression_type=0,
        metrics=metrics(),
    )
    assert client.ask(request, 0).error_code == 0
    client.close()


def test_what_was_pushed_last(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with serving(tmp_path, "-c", f"metric.reporters={RECEIVER}") as address:
        nothing = run(["telemetry", "--bootstrap", address])
        told = capsys.readouterr().err
        push(address)
        assert run(["telemetry", "--bootstrap", address, "-o", "json"]) == 0

    assert nothing == 1
    assert f"-c metric.reporters={RECEIVER}" in told
    shown = json.loads(capsys.readouterr().out)
    assert [(row["client"], row["metric"], row["value"], row["attributes"]) for row in shown] == [
        ("raw", "latency.avg", 1.5, ["node.id=1"]),
        ("raw", "created.total", 3, []),
    ]
