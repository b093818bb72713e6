"""What a running broker may be told, and what it tells of the rest."""

from __future__ import annotations

import pytest

from kbroker.settings.broker_changes import broken_by_themselves, broken_together
from kbroker.settings.broker_settings import BrokerSettings

L = "listener.name.plaintext."
AT_CLUSTER = "Cannot update these configs at default cluster level, broker id must be specified"


@pytest.mark.parametrize(
    ("given", "wrong"),
    [
        ({"no.such": "x", f"{L}no.such": "x", "log.roll.ms": "5"}, None),
        (
            {"log.retention.hours": "1", "broker.id": "1", "num.partitions": "1"},
            "Cannot update these configs dynamically: "
            "[log.retention.hours, num.partitions, broker.id]",
        ),
        ({"ssl.keystore.location": "x", "log.roll.ms": "x"}, "using the listener prefix: [ssl.key"),
        ({f"{L}max.connections": "junk"}, "Invalid value junk for configuration max.connections: "),
        ({"log.retention.ms": "junk", "log.roll.ms": "junk"}, "configuration log.roll.ms"),
        ({"log.retention.bytes": "junk", "message.max.bytes": "-1"}, "message.max.bytes"),
    ],
)
def test_by_themselves(given: dict[str, str], wrong: str | None) -> None:
    found = broken_by_themselves(given, of_all=False)
    assert found is None if wrong is None else wrong in (found or "")


@pytest.mark.parametrize(
    ("given", "wrong"),
    [
        ({f"{L}max.connections": "5", "listener.name": "x"}, None),
        ({f"{L}no.such": "x"}, f"{AT_CLUSTER}: [{L}no.such]"),
        ({f"{L}x": "x", "ssl.client.auth": "none"}, f"{AT_CLUSTER}: [ssl.client.auth, {L}x]"),
        ({"listeners": ""}, "Configuration 'listeners' must not be empty"),
    ],
)
def test_of_all_brokers(given: dict[str, str], wrong: str | None) -> None:
    found = broken_by_themselves(given, of_all=True)
    assert found is None if wrong is None else wrong in (found or "")


@pytest.mark.parametrize(
    ("own", "wrong"),
    [
        ({"max.connections": "0", "num.network.threads": "100"}, "Invalid max.connections 0"),
        ({"max.connection.creation.rate": "0"}, "Invalid max.connection.creation.rate 0"),
        ({f"{L}max.connections": "0"}, "Invalid max.connections 0"),
        ({f"{L}num.network.threads": "100"}, "num.network.threads=100, value should not be"),
        ({f"{L}log.retention.hours": "x"}, "Invalid value x for configuration log.retention.hours"),
        ({"max.connections": "0", f"{L}max.connections": "5"}, None),
        ({"listener.name.other.max.connections": "0"}, None),
        ({f"{L}num.io.threads": "100"}, None),
        ({"num.network.threads": "100", "background.threads": "100"}, "num.network.threads=100"),
        ({"listeners": "junk", "log.roll.ms": "0"}, "Unable to parse a listener name from junk"),
        ({"log.roll.ms": "0", "max.connections": "0"}, "requirement failed: log.roll.ms must be"),
    ],
)
def test_together(own: dict[str, str], wrong: str | None) -> None:
    before = BrokerSettings()
    found = broken_together(before, before.altered(own, {}))
    assert found is None if wrong is None else wrong in (found or "")


def test_threads_of_a_listener_grow_from_what_they_are() -> None:
    before = BrokerSettings().altered({f"{L}num.network.threads": "6"}, {})
    assert broken_together(before, before.altered({f"{L}num.network.threads": "12"}, {})) is None
    assert "current value 6" in (
        broken_together(before, before.altered({f"{L}num.network.threads": "13"}, {})) or ""
    )


def test_threads_of_a_listener_that_cannot_be_read_do_not_count() -> None:
    before = BrokerSettings().altered({f"{L}num.network.threads": "junk"}, {})
    assert broken_together(before, before.altered({f"{L}num.network.threads": "6"}, {})) is None
    assert "current value 3" in (
        broken_together(before, before.altered({f"{L}num.network.threads": "7"}, {})) or ""
    )


def test_a_listeners_own_limit_stands_above_that_of_all_brokers() -> None:
    before = BrokerSettings()
    own, of_all = {f"{L}max.connections": "5"}, {f"{L}max.connections": "0"}
    assert broken_together(before, before.altered(own, of_all)) is None
    assert broken_together(before, before.altered(of_all, own)) is not None


def test_listeners_of_controllers_have_no_limits() -> None:
    before = BrokerSettings(
        {
            "listeners": "PLAINTEXT://:9092,CONTROLLER://:9093",
            "controller.listener.names": "CONTROLLER",
        }
    )
    own = {"listener.name.controller.max.connections": "0"}
    assert broken_together(before, before.altered(own, {})) is None


def test_a_listener_that_comes_with_the_change_has_no_limits_yet() -> None:
    """SocketServer looks at those that it has."""
    before = BrokerSettings(
        {
            "listeners": "PLAINTEXT://:9092,CONTROLLER://:9093",
            "controller.listener.names": "CONTROLLER",
            "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,SSL:SSL,CONTROLLER:PLAINTEXT",
        }
    )
    own = {
        "listeners": "PLAINTEXT://:9092,SSL://:9094,CONTROLLER://:9093",
        "listener.name.ssl.max.connections": "0",
    }
    assert broken_together(before, before.altered(own, {})) is None
