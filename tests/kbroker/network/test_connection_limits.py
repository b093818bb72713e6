"""Which connections are closed, which wait to be accepted, and when an idle one is closed."""

from __future__ import annotations

import socket

import pytest

from kbroker.network.connection_limits import ConnectionLimits
from kbroker.settings.broker_settings import BrokerSettings
from kbroker.settings.setting import SettingError
from tests.kbroker.network.conftest import LoopDriver
from tests.kbroker.network.test_connection import HELLO, frame_of


def test_counts_by_address() -> None:
    limits = ConnectionLimits(BrokerSettings({"max.connections.per.ip": "1"}))
    limits.opened("10.0.0.1")
    assert not limits.admits("10.0.0.1")
    assert limits.admits("10.0.0.2")
    limits.closed("10.0.0.1")
    assert limits.admits("10.0.0.1")
    assert not limits._of_host, "nothing is kept of an address without connections"


def test_one_address_may_have_a_limit_of_its_own() -> None:
    overrides = {"max.connections.per.ip.overrides": "10.0.0.1:2,::1:0,localhost:0"}
    limits = ConnectionLimits(BrokerSettings({"max.connections.per.ip": "1", **overrides}))
    limits.opened("10.0.0.1")
    assert limits.admits("10.0.0.1")
    assert not limits.admits("::1")
    assert not limits.admits("127.0.0.1")


def test_a_name_stands_for_its_ipv4_address(monkeypatch: pytest.MonkeyPatch) -> None:
    found = [
        (family, socket.SOCK_STREAM, 6, "", (address, 0))
        for family, address in (
            (socket.AF_INET6, "::1"), (socket.AF_INET, "10.0.0.1"), (socket.AF_INET, "10.0.0.2"),
        )
    ]  # fmt: skip
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_args, **_named: found)
    limits = ConnectionLimits(BrokerSettings({"max.connections.per.ip.overrides": "host:0"}))
    admitted = [limits.admits(address) for address in ("::1", "10.0.0.1", "10.0.0.2")]
    assert admitted == [True, False, True]


def test_a_name_without_an_address() -> None:
    """Told at the start, not by the first client that comes."""
    config = BrokerSettings({"max.connections.per.ip.overrides": "nobody.invalid:1"})
    with pytest.raises(SettingError, match=r"overrides: nobody\.invalid:"):
        ConnectionLimits(config)


def test_one_too_many_of_an_address_is_sent_away(driver: LoopDriver) -> None:
    driver.broker.node.settings.set("max.connections.per.ip", "1")
    first = driver.connect()
    assert driver.exchange(driver.connect(), b"", 1) == b""
    assert frame_of(driver.exchange(first, HELLO, 100))


def test_one_too_many_waits_until_somebody_leaves(driver: LoopDriver) -> None:
    driver.broker.node.settings.set("max.connections", "1")
    first, second = driver.connect(), driver.connect()
    second.send(HELLO)
    driver.loop.tick(0)
    with pytest.raises(BlockingIOError):
        second.recv(1)
    first.close()
    assert frame_of(driver.exchange(second, b"", 100))


def test_who_waits_is_let_in_by_a_higher_limit(driver: LoopDriver) -> None:
    driver.broker.node.settings.set("max.connections", "1")
    driver.connect()
    second = driver.connect()
    second.send(HELLO)
    driver.loop.tick(0)
    driver.broker.node.settings.set("max.connections", "2")
    driver.limits.settings_changed()
    assert frame_of(driver.exchange(second, b"", 100))


def test_whoever_waits_for_room_is_called_once() -> None:
    """All of several listeners; also where a new limit is none."""
    config = BrokerSettings()
    limits = ConnectionLimits(config)
    called: list[str] = []
    for name in ("a", "b"):
        limits.when_there_is_room(lambda name=name: called.append(name))  # type: ignore[misc]
    config.set("max.connections.per.ip.overrides", "nobody.invalid:1")
    for _ in range(2):
        limits.settings_changed()

    assert called == ["a", "b"]


def test_all_that_come_at_once_are_counted(driver: LoopDriver) -> None:
    driver.broker.node.settings.set("max.connections", "1")
    clients = [socket.create_connection(driver.listener.address) for _ in range(3)]
    driver.loop.tick(1)
    assert len(driver.connections) == 1
    assert driver.loop._selector.select(0) == [], "the loop rests while others wait"
    for client in clients:
        client.close()


def test_a_connection_counts_once_however_often_it_is_closed(driver: LoopDriver) -> None:
    driver.broker.node.settings.set("max.connections", "1")
    driver.connect()
    (there,) = driver.connections
    there.close()
    there.close()
    for _ in range(2):
        driver.connect()

    assert len(driver.connections) == 1


def test_who_waits_when_the_broker_stops_is_not_let_in(driver: LoopDriver) -> None:
    driver.broker.node.settings.set("max.connections", "1")
    first, _second = driver.connect(), driver.connect()
    driver.listener.close()
    first.close()
    driver.loop.tick(1)

    assert driver.connections == []


def test_overrides_may_change() -> None:
    """What cannot be resolved any more changes nothing."""
    config = BrokerSettings()
    limits = ConnectionLimits(config)
    for text in ("10.0.0.1:0", "nobody.invalid:1"):
        config.set("max.connections.per.ip.overrides", text)
        limits.settings_changed()
        assert not limits.admits("10.0.0.1")


def test_an_idle_connection_is_closed(driver: LoopDriver) -> None:
    driver.broker.node.settings.set("connections.max.idle.ms", "1000")
    client = driver.connect()
    driver.broker.advance(999)
    assert frame_of(driver.exchange(client, HELLO, 100))
    driver.broker.advance(999)
    driver.loop.tick(0)
    with pytest.raises(BlockingIOError):
        client.recv(1)
    driver.broker.advance(1)
    driver.loop.tick(0)
    assert client.recv(1) == b""


def test_who_is_being_sent_to_is_not_idle(driver: LoopDriver) -> None:
    """However long a client takes to read what it has asked for."""
    driver.broker.node.settings.set("connections.max.idle.ms", "1000")
    client = driver.connect()
    (there,) = driver.connections
    driver.broker.advance(999)
    driver.loop.tick(0)
    there.ready(readable=False, writable=True)
    driver.broker.advance(999)
    driver.loop.tick(0)

    with pytest.raises(BlockingIOError):
        client.recv(1)


def test_a_closed_connection_leaves_no_timer(driver: LoopDriver) -> None:
    timers_before = len(driver.broker.timers)
    client = driver.connect()
    assert len(driver.broker.timers) == timers_before + 1
    client.close()
    driver.loop.tick(1)
    assert len(driver.broker.timers) == timers_before


def test_a_connection_may_be_idle_for_ever(driver: LoopDriver) -> None:
    driver.broker.node.settings.set("connections.max.idle.ms", "-1")
    timers_before = len(driver.broker.timers)
    driver.connect()
    assert len(driver.broker.timers) == timers_before
