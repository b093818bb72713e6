"""GetTelemetrySubscriptions: what a client learns; tests/kbroker/test_telemetry.py has the rest."""

from __future__ import annotations

from tests.drivers import BrokerDriver
from wire.errors import ErrorCode
from wire.messages.get_telemetry_subscriptions import (
    GetTelemetrySubscriptionsRequest,
    GetTelemetrySubscriptionsResponse,
)
from wire.uuids import METADATA_TOPIC_ID, ZERO_UUID


def test_the_zero_id_asks_for_one(broker: BrokerDriver) -> None:
    """A new one each time, with what holds for whoever has it."""
    client = broker.connect()
    request = GetTelemetrySubscriptionsRequest(client_instance_id=ZERO_UUID)
    answers = [client.ask(request, 0) for _ in range(2)]

    assert {answer.error_code for answer in answers} == {0}
    assert len({answer.client_instance_id for answer in answers} - {ZERO_UUID}) == 2
    assert answers[0].accepted_compression_types == [4, 3, 1, 2]
    assert (answers[0].telemetry_max_bytes, answers[0].delta_temporality) == (1 << 20, True)


def test_any_other_id_is_kept(broker: BrokerDriver) -> None:
    """Also one that no push may come with."""
    request = GetTelemetrySubscriptionsRequest(client_instance_id=METADATA_TOPIC_ID)

    assert broker.connect().ask(request, 0).client_instance_id == METADATA_TOPIC_ID


def test_who_asks_too_often_is_told_nothing(broker: BrokerDriver) -> None:
    """Numbers are 0, as in Kafka."""
    client = broker.connect()
    request = GetTelemetrySubscriptionsRequest(client_instance_id=bytes(15) + b"\x07")
    client.ask(request, 0)

    assert client.ask(request, 0) == GetTelemetrySubscriptionsResponse(
        error_code=ErrorCode.THROTTLING_QUOTA_EXCEEDED,
        client_instance_id=ZERO_UUID,
        subscription_id=0,
        accepted_compression_types=[],
        push_interval_ms=0,
        telemetry_max_bytes=0,
        delta_temporality=False,
        requested_metrics=[],
    )
