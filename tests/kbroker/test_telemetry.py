"""Which metrics clients are asked for, and how often they may come."""

from __future__ import annotations

from typing import Any

import pytest

from kbroker import telemetry
from kbroker.telemetry import LEAST_EXPIRY_MS, LONGEST_INTERVAL_MS, MOST_CLIENTS
from tests.drivers import BrokerDriver, Client
from wire.errors import ErrorCode
from wire.messages.api_versions import ApiVersionsRequest
from wire.messages.get_telemetry_subscriptions import GetTelemetrySubscriptionsRequest
from wire.messages.incremental_alter_configs import (
    AlterableConfig,
    AlterConfigsResource,
    IncrementalAlterConfigsRequest,
)
from wire.messages.push_telemetry import PushTelemetryRequest

ME = bytes(15) + b"\x21"
CLIENT_METRICS, SET = 16, 0


def subscribe(broker: BrokerDriver, name: str, **settings: str) -> None:
    configs = [
        AlterableConfig(name=key.replace("_", "."), config_operation=SET, value=value)
        for key, value in settings.items()
    ]
    resource = AlterConfigsResource(
        resource_type=CLIENT_METRICS, resource_name=name, configs=configs
    )
    request = IncrementalAlterConfigsRequest(resources=[resource], validate_only=False)
    assert broker.connect().ask(request, 1).responses[0].error_code == 0


def ask(client: Client, instance: bytes = ME) -> Any:
    return client.ask(GetTelemetrySubscriptionsRequest(client_instance_id=instance), 0)


def push(
    client: Client, subscription: int, metrics: bytes = b"", codec: int = 0, *, last: bool = False
) -> ErrorCode:
    request = PushTelemetryRequest(
        client_instance_id=ME,
        subscription_id=subscription,
        terminating=last,
        compression_type=codec,
        metrics=metrics,
    )
    return ErrorCode(client.ask(request, 0).error_code)


def test_matching_subscriptions_are_one(broker: BrokerDriver) -> None:
    """All their metrics, in the order of Kafka's set, at the shortest interval."""
    subscribe(broker, "a", metrics="b,a", interval_ms="2000")
    subscribe(broker, "b", metrics="c,a", match="client_source_address=10[.].*")
    subscribe(broker, "c", metrics="d", match="client_id=nobody", interval_ms="100")

    answer = ask(broker.connect())

    assert (answer.requested_metrics, answer.push_interval_ms) == (["a", "b", "c"], 2000)


@pytest.mark.parametrize("software", [None, ("lib", "1.2")])
@pytest.mark.parametrize(
    ("match", "of"),
    [
        ("client_software_name=unknown", None),
        ("client_software_version=unknown", None),
        ("client_software_name=lib", ("lib", "1.2")),
        ("client_software_version=1[.]2", ("lib", "1.2")),
    ],
)
def test_software_that_is_not_named_is_unknown(
    broker: BrokerDriver,
    software: tuple[str, str] | None,
    match: str,
    of: tuple[str, str] | None,
) -> None:
    subscribe(broker, "a", metrics="a", match=match)
    client = broker.connect()
    if software is not None:
        name, version = software
        hello = ApiVersionsRequest(client_software_name=name, client_software_version=version)
        client.ask(hello, 3)

    assert ask(client).requested_metrics == (["a"] if software == of else [])


@pytest.mark.parametrize(("port", "is_asked"), [(40001, True), (9092, False)])
def test_a_client_is_known_by_its_own_port(broker: BrokerDriver, port: int, is_asked: bool) -> None:
    subscribe(broker, "a", metrics="a", match=f"client_source_port={port}")

    assert bool(ask(broker.connect()).requested_metrics) is is_asked


def test_all_metrics_stand_for_the_rest(broker: BrokerDriver) -> None:
    subscribe(broker, "a", metrics="a,*", interval_ms="900000")

    answer = ask(broker.connect())

    assert answer.requested_metrics == ["*"]
    assert answer.push_interval_ms == LONGEST_INTERVAL_MS


def test_the_subscription_id_is_kafkas(broker: BrokerDriver) -> None:
    """As a 4.3.1 computes it for a client that is asked for nothing."""
    assert ask(broker.connect()).subscription_id == -725132289


def test_a_client_asks_once_an_interval(broker: BrokerDriver) -> None:
    """But again when it is to be asked for something else, or comes by another connection."""
    client = broker.connect()
    codes = [ask(client).error_code, ask(client).error_code]
    subscribe(broker, "a", metrics="a", interval_ms="1000")
    codes += [ask(client).error_code, ask(client).error_code]
    client.session.close()
    client = broker.connect()
    codes += [ask(client).error_code, ask(client).error_code]
    broker.advance(1000)
    codes += [ask(client).error_code]

    early = ErrorCode.THROTTLING_QUOTA_EXCEEDED
    assert codes == [0, early, 0, early, 0, early, 0]


def test_an_interval_ends_when_it_is_over(broker: BrokerDriver) -> None:
    """For questions and for pushes."""
    subscribe(broker, "a", metrics="a", interval_ms="1000")
    client = broker.connect()
    wanted = ask(client).subscription_id
    assert push(client, wanted) == 0
    codes = []
    for wait_ms in (999, 1):
        broker.advance(wait_ms)
        codes.append((push(client, wanted), ask(client).error_code))
    broker.advance(999)
    codes.append((ErrorCode.NONE, ask(client).error_code))

    early = ErrorCode.THROTTLING_QUOTA_EXCEEDED
    assert codes == [(early, early), (0, early), (0, early)]


def test_the_last_of_a_connection_goes_with_it(broker: BrokerDriver) -> None:
    """Others stay until they have been silent for long, as with Kafka."""
    first, last = bytes(15) + b"\x31", bytes(15) + b"\x32"
    client = broker.connect()
    codes = [ask(client, each).error_code for each in (first, last)]
    ask(client, first)  # which is there already
    client.session.close()
    client = broker.connect()
    codes += [ask(client, each).error_code for each in (first, last)]

    assert codes == [0, 0, ErrorCode.THROTTLING_QUOTA_EXCEEDED, 0]


@pytest.mark.parametrize(
    ("interval_ms", "expiry_ms"), [("1000", LEAST_EXPIRY_MS), ("40000", 120_000)]
)
def test_a_silent_client_is_forgotten(
    broker: BrokerDriver, interval_ms: str, expiry_ms: int
) -> None:
    """After three intervals, or a minute if that is longer."""
    subscribe(broker, "a", metrics="a", interval_ms=interval_ms)
    client = broker.connect()
    wanted = ask(client).subscription_id
    assert push(client, wanted, last=True) == 0
    broker.advance(expiry_ms - 1)
    assert push(client, wanted, last=True) == ErrorCode.INVALID_REQUEST
    broker.advance(expiry_ms)

    assert push(client, wanted) == 0


def test_who_is_heard_of_is_not_forgotten(broker: BrokerDriver) -> None:
    """Nor is that it has pushed its last."""
    subscribe(broker, "a", metrics="a", interval_ms="1000")
    client = broker.connect()
    wanted = ask(client).subscription_id
    codes = [push(client, wanted, last=True)]
    for _ in range(3):
        broker.advance(LEAST_EXPIRY_MS - 1)
        codes.append(push(client, wanted, last=True))

    assert codes == [0] + [ErrorCode.INVALID_REQUEST] * 3


def test_who_is_seen_again_is_not_the_least_recently_seen(
    broker: BrokerDriver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(telemetry, "MOST_CLIENTS", 3)
    client = broker.connect()
    first, second, third, fourth = (bytes(15) + bytes([number]) for number in range(33, 37))
    for each in (first, second, first, third, fourth):
        ask(client, each)

    early = ErrorCode.THROTTLING_QUOTA_EXCEEDED
    assert [ask(client, each).error_code for each in (first, second)] == [early, 0]


def test_the_least_recently_seen_is_forgotten(broker: BrokerDriver) -> None:
    client = broker.connect()
    for number in range(MOST_CLIENTS + 1):
        ask(client, (number + 2).to_bytes(16, "big"))

    assert ask(client, (2).to_bytes(16, "big")).error_code == 0
    assert ask(client, (4).to_bytes(16, "big")).error_code == ErrorCode.THROTTLING_QUOTA_EXCEEDED


def test_pushes_come_once_an_interval(broker: BrokerDriver) -> None:
    """The last one at any time, and none right after it."""
    client = broker.connect()
    wanted = ask(client).subscription_id

    codes = [push(client, wanted), push(client, wanted), push(client, wanted, last=True)]
    codes += [push(client, wanted), push(client, wanted)]

    early = ErrorCode.THROTTLING_QUOTA_EXCEEDED
    assert codes == [0, early, 0, ErrorCode.INVALID_REQUEST, early]


def test_the_last_push_counts_for_the_interval(broker: BrokerDriver) -> None:
    """Kafka forgets that it was the last one when it has refused another."""
    client = broker.connect()
    wanted = ask(client).subscription_id
    assert push(client, wanted) == 0
    broker.advance(LONGEST_INTERVAL_MS)
    codes = [push(client, wanted, last=True), push(client, wanted), push(client, wanted)]

    assert codes == [0, ErrorCode.INVALID_REQUEST, ErrorCode.THROTTLING_QUOTA_EXCEEDED]


@pytest.mark.parametrize(
    ("off", "metrics", "codec", "code", "asks_again"),
    [
        (1, b"", 0, ErrorCode.UNKNOWN_SUBSCRIPTION_ID, True),
        (0, b"", 5, ErrorCode.UNSUPPORTED_COMPRESSION_TYPE, True),
        (0, bytes(101), 0, ErrorCode.TELEMETRY_TOO_LARGE, False),
        (0, b"no gzip", 1, ErrorCode.INVALID_RECORD, False),
        (1, bytes(101), 0, ErrorCode.UNKNOWN_SUBSCRIPTION_ID, True),
        (1, b"", 5, ErrorCode.UNKNOWN_SUBSCRIPTION_ID, True),
        (0, bytes(101), 5, ErrorCode.UNSUPPORTED_COMPRESSION_TYPE, True),
    ],
)
def test_refused(off: int, metrics: bytes, codec: int, code: ErrorCode, asks_again: bool) -> None:
    """After some errors a client may ask at once what is wanted, and once only."""
    client = BrokerDriver(telemetry_max_bytes="100").connect()
    wanted = ask(client).subscription_id

    assert push(client, wanted + off, metrics, codec) == code
    assert (ask(client).error_code == 0) == asks_again
    assert ask(client).error_code == ErrorCode.THROTTLING_QUOTA_EXCEEDED
