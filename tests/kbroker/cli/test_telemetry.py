"""The metrics of clients, as a command shows them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import kafka
import pytest
from kafka import TopicPartition
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
from opentelemetry.proto.metrics.v1.metrics_pb2 import (
    Gauge,
    Histogram,
    HistogramDataPoint,
    Metric,
    MetricsData,
    NumberDataPoint,
    ResourceMetrics,
    ScopeMetrics,
    Sum,
)

from kbroker.cli import run, telemetry
from kbroker.cli.raw_client import RawClient
from kbroker.telemetry import RECEIVER, TOPIC
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


def pushed(client: str | None, instance: str, *resources: list[list[Metric]]) -> Any:
    """A record of one push: resources with scopes with metrics."""
    data = MetricsData(
        resource_metrics=[
            ResourceMetrics(scope_metrics=[ScopeMetrics(metrics=metrics) for metrics in scopes])
            for scopes in resources
        ]
    )
    headers = [("client_instance_id", instance.encode())]
    headers += [("client_id", client.encode())] if client is not None else []
    return SimpleNamespace(headers=headers, value=data.SerializeToString())


def gauge(name: str, value: int, **attributes: AnyValue) -> Metric:
    known = [KeyValue(key=key, value=found) for key, found in attributes.items()]
    point = NumberDataPoint(as_int=value, attributes=known)
    return Metric(name=name, gauge=Gauge(data_points=[point]))


@pytest.fixture
def shown(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., list[tuple[Any, ...]]]:
    """What becomes of pushes."""

    @contextmanager
    def admin(_bootstrap: str) -> Iterator[Any]:
        yield SimpleNamespace(list_topics=lambda: [TOPIC])

    monkeypatch.setattr(telemetry, "admin", admin)
    monkeypatch.setattr(telemetry, "answering", lambda address: address)

    def command(*pushes: Any) -> list[tuple[Any, ...]]:
        monkeypatch.setattr(telemetry, "_records", lambda _: iter(pushes))
        assert run(["telemetry", "-o", "json"]) == 0
        return [tuple(row.values()) for row in json.loads(capsys.readouterr().out)]

    return command


def test_the_last_of_several_pushes(shown: Callable[..., list[tuple[Any, ...]]]) -> None:
    """Of each client, be it of the same name, and of each point of a metric."""
    first, second = AnyValue(string_value="1"), AnyValue(string_value="2")
    rows = shown(
        pushed("c", "i", [[gauge("m", 1, node=first), gauge("m", 2, node=second)]]),
        pushed("c", "j", [[gauge("m", 3)]]),
        pushed(None, "i", [[gauge("m", 4, node=second)]]),
    )
    assert rows == [
        ("c", "i", "m", 1, ["node=1"]),
        (None, "i", "m", 4, ["node=2"]),
        ("c", "j", "m", 3, []),
    ]
    assert shown() == []


def test_all_that_a_push_may_hold(shown: Callable[..., list[tuple[Any, ...]]]) -> None:
    """Several resources and scopes; a histogram counts; what has no data is not shown."""
    points = [HistogramDataPoint(count=5, sum=100)]
    odd = {"a": AnyValue(bool_value=True), "b": AnyValue(double_value=0.5), "c": AnyValue()}
    rows = shown(
        pushed(
            "c", "i",
            [[Metric(name="empty"), gauge("one", 0)], [gauge("two", 2, **odd)]],
            [[Metric(name="three", histogram=Histogram(data_points=points))]],
        )
    )  # fmt: skip
    assert [row[2:] for row in rows] == [
        ("one", 0, []), ("two", 2, ["a=True", "b=0.5", "c="]), ("three", 5, []),
    ]  # fmt: skip


PARTITION = TopicPartition(TOPIC, 0)


class Consumer:
    """In place of kafka-python's: three records, which come in two polls."""

    def __init__(self, bootstrap_servers: str, group_id: None) -> None:
        assert (bootstrap_servers, group_id) == ("a:1", None)
        self.at, self.is_closed = 9, False

    def assign(self, partitions: list[TopicPartition]) -> None:
        assert partitions == [PARTITION]

    def seek_to_beginning(self, _partition: TopicPartition) -> None:
        self.at = 0

    def end_offsets(self, partitions: list[TopicPartition]) -> dict[TopicPartition, int]:
        return dict.fromkeys(partitions, 3)

    def position(self, _partition: TopicPartition) -> int:
        return self.at

    def poll(self, timeout_ms: int) -> dict[TopicPartition, list[int]]:
        assert self.at < 3, "it waits for what nobody has pushed yet"
        before, self.at = self.at, self.at + 2 if self.at else 1
        return {PARTITION: list(range(before, self.at))}

    def close(self) -> None:
        self.is_closed = True


def test_all_that_is_there_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """And no more is waited for; the connection is closed, also if somebody interrupts."""
    made: list[Consumer] = []
    monkeypatch.setattr(
        kafka, "KafkaConsumer", lambda **facts: made.append(Consumer(**facts)) or made[-1]
    )
    assert list(telemetry._records("a:1")) == [0, 1, 2]
    interrupted = telemetry._records("a:1")
    assert next(interrupted) == 0
    interrupted.close()  # type: ignore[attr-defined]
    assert [consumer.is_closed for consumer in made] == [True, True]
