"""PushTelemetry: where metrics end up; tests/kbroker/test_telemetry.py has who may push them."""

from __future__ import annotations

import gzip

import pytest

from kbroker.telemetry import RECEIVER, TOPIC
from storage.read_batches import read_batches
from tests.drivers import BrokerDriver, Client
from wire.api_keys import ApiKey
from wire.messages.api_versions import ApiVersionsRequest
from wire.messages.get_telemetry_subscriptions import GetTelemetrySubscriptionsRequest
from wire.messages.push_telemetry import PushTelemetryRequest
from wire.uuids import ZERO_UUID

GZIP = 1


def push(client: Client, metrics: bytes, codec: int) -> bytes:
    """The client's instance id."""
    asked = client.ask(GetTelemetrySubscriptionsRequest(client_instance_id=ZERO_UUID), 0)
    request = PushTelemetryRequest(
        client_instance_id=asked.client_instance_id,
        subscription_id=asked.subscription_id,
        terminating=False,
        compression_type=codec,
        metrics=metrics,
    )
    assert client.ask(request, 0).error_code == 0
    return bytes(asked.client_instance_id)


@pytest.mark.parametrize("codec", [0, GZIP])
def test_received_metrics_are_kept(codec: int) -> None:
    """As they are written in, with whose they are; and they outlast a restart."""
    metrics = gzip.compress(b"m") if codec else b"m"
    broker = BrokerDriver(metric_reporters=f"org.apache.kafka.JmxReporter, {RECEIVER}")
    push(broker.connect(), metrics, codec)
    broker.restart()
    push(broker.connect(), metrics, codec)

    partition = broker.node.replicas.find(TOPIC, 0)
    assert partition is not None
    records = [record for batch in read_batches(partition.log) for record in batch.records()]
    assert [record.value for record in records] == [b"m", b"m"]
    headers = dict(records[0].headers)
    assert headers["client_instance_id"] == records[0].key
    assert headers["client_source_address"] == b"10.0.0.9"


def test_without_a_receiver_they_go_nowhere(broker: BrokerDriver) -> None:
    """As in a Kafka whose metric.reporters receive none."""
    push(broker.connect(), b"m", 0)

    assert broker.node.metadata.image.topic(TOPIC) is None


@pytest.mark.parametrize(("reporters", "told"), [("", False), (RECEIVER, True)])
def test_only_a_receiver_is_told_of(reporters: str, told: bool) -> None:
    """Both APIs are served in any case."""
    broker = BrokerDriver(metric_reporters=reporters)
    answer = broker.connect().ask(ApiVersionsRequest(), 0)
    keys = [api.api_key for api in answer.api_keys]

    asked = {ApiKey.GET_TELEMETRY_SUBSCRIPTIONS, ApiKey.PUSH_TELEMETRY}
    assert (asked <= set(keys)) == told
    assert keys == sorted(keys)
