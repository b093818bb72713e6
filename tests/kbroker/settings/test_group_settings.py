"""Settings of groups stay within the broker's bounds."""

from __future__ import annotations

import pytest

from kbroker.settings.broker_settings import BrokerSettings
from kbroker.settings.group_settings import validate_group_settings
from wire.errors import KafkaError

SESSION, HEARTBEAT = "consumer.session.timeout.ms", "consumer.heartbeat.interval.ms"


def error_of(configs: dict[str, str], **broker: str) -> str | None:
    settings = {name.replace("_", "."): value for name, value in broker.items()}
    try:
        validate_group_settings(configs, BrokerSettings(settings))
    except KafkaError as error:
        return error.message
    return None


@pytest.mark.parametrize(
    ("name", "value", "bound"),
    [
        (SESSION, "1", "group.consumer.min.session.timeout.ms"),
        (SESSION, "60001", "group.consumer.max.session.timeout.ms"),
        ("share.record.lock.duration.ms", "1000", "group.share.min.record.lock.duration.ms"),
        ("streams.num.standby.replicas", "3", "group.streams.max.standby.replicas"),
        ("consumer.assignment.interval.ms", "15001", "group.consumer.max.assignment.interval.ms"),
    ],
)
def test_bounds(name: str, value: str, bound: str) -> None:
    kind = "greater" if ".min." in bound else "less"
    assert error_of({name: value}) == f"{name} must be {kind} than or equal to {bound}"


def test_a_session_is_longer_than_a_heartbeat() -> None:
    low = {"group_consumer_min_session_timeout_ms": "1"}
    assert error_of({SESSION: "5000"}, **low) == f"{SESSION} must be greater than {HEARTBEAT}"
    assert error_of({SESSION: "5001"}, **low) is None


@pytest.mark.parametrize(
    ("value", "good"),
    [
        ("earliest", True), ("latest", True), ("by_duration:PT1H", True), ("by_duration:P1D", True),
        ("by_duration:P1DT2H3M4.5S", True), ("by_duration:PT0S", True), ("none", False),
        ("EARLIEST", False), ("by_duration:", False), ("by_duration:P", False),
        ("by_duration:PT", False), ("by_duration:-PT1H", False), ("by_duration:1", False),
    ],
)  # fmt: skip
def test_where_share_groups_begin(value: str, good: bool) -> None:
    assert (error_of({"share.auto.offset.reset": value}) is None) == good


@pytest.mark.parametrize("protocol", ["consumer", "share", "streams"])
def test_the_longest_session_is_allowed(protocol: str) -> None:
    assert error_of({f"{protocol}.session.timeout.ms": "60000"}) is None


@pytest.mark.parametrize("protocol", ["consumer", "share", "streams"])
def test_a_heartbeat_alone_is_held_against_the_brokers_session(protocol: str) -> None:
    session, heartbeat = f"{protocol}.session.timeout.ms", f"{protocol}.heartbeat.interval.ms"
    low = {f"group_{protocol}_min_session_timeout_ms": "1",
           f"group_{protocol}_session_timeout_ms": "10000"}  # fmt: skip
    assert error_of({heartbeat: "10000"}, **low) == f"{session} must be greater than {heartbeat}"
    assert error_of({heartbeat: "9999"}, **low) is None
