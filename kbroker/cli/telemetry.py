"""``kbroker telemetry``: the metrics that clients push (KIP-714), as each was told last."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from typing import Any

from kbroker.cli import Failure
from kbroker.cli.client import add_bootstrap, admin, talking_to
from kbroker.cli.conversation import answering
from kbroker.cli.output import Row, add_output, show_rows
from kbroker.telemetry import RECEIVER, TOPIC


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_bootstrap(parser)
    add_output(parser)


def run(arguments: argparse.Namespace) -> int:
    data_class = _metrics_data()
    arguments.bootstrap = answering(arguments.bootstrap)
    with admin(arguments.bootstrap) as client:
        if TOPIC not in client.list_topics():
            raise Failure(
                f"no client has pushed metrics. They do once the broker runs with "
                f"-c metric.reporters={RECEIVER}, and somebody wants some: "
                f"kbroker config set client-metrics all metrics=* interval.ms=5000"
            )
    latest: dict[tuple[Any, ...], Row] = {}
    with talking_to(arguments.bootstrap):
        for record in _records(arguments.bootstrap):
            for row in rows(record, data_class.FromString(record.value)):
                latest[row["instance"], row["metric"], str(row["attributes"])] = row
    show_rows(arguments, list(latest.values()))
    return 0


def _metrics_data() -> Any:
    try:
        from opentelemetry.proto.metrics.v1.metrics_pb2 import MetricsData
    except ImportError:
        raise Failure(
            "metrics are written in OpenTelemetry's protocol: pip install 'kbroker[telemetry]'"
        ) from None
    return MetricsData


def _records(bootstrap: str) -> Iterator[Any]:
    """All that are there now."""
    from kafka import KafkaConsumer, TopicPartition

    partition = TopicPartition(TOPIC, 0)
    consumer = KafkaConsumer(bootstrap_servers=bootstrap, group_id=None)
    try:
        consumer.assign([partition])
        consumer.seek_to_beginning(partition)
        end = consumer.end_offsets([partition])[partition]
        while consumer.position(partition) < end:
            yield from consumer.poll(timeout_ms=200).get(partition, ())
    finally:
        consumer.close()


def rows(record: Any, data: Any) -> Iterator[Row]:
    """What one push tells; ``data`` is an OpenTelemetry MetricsData."""
    known = {name: value.decode() for name, value in record.headers}
    for resource in data.resource_metrics:
        for scope in resource.scope_metrics:
            for metric in scope.metrics:
                kind = metric.WhichOneof("data")
                for point in getattr(metric, kind).data_points if kind else ():
                    yield {
                        "client": known.get("client_id"),
                        "instance": known["client_instance_id"],
                        "metric": metric.name,
                        "value": _value(point),
                        "attributes": [*map(_attribute, point.attributes)],
                    }


def _value(point: Any) -> Any:
    """A number, or what a histogram counted."""
    if hasattr(point, "as_double"):
        return getattr(point, point.WhichOneof("value") or "as_double")
    return point.count


def _attribute(attribute: Any) -> str:
    value = attribute.value
    return f"{attribute.key}={getattr(value, value.WhichOneof('value') or 'string_value')}"
