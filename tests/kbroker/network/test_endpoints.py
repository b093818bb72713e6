"""Binding the listeners of a broker."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from typing import Any

import pytest

from kbroker.network import endpoints
from kbroker.network.endpoints import CannotListen, bind_listener
from kbroker.network.listener import Listener
from kbroker.settings.listeners import LOOPBACK, ListenerSettings
from tests.kbroker.network.conftest import LoopDriver


def test_all_hosts_of_a_listener_share_a_port(driver: LoopDriver) -> None:
    """The first one takes a free port."""
    node = driver.broker.node
    wanted = ListenerSettings("IN", ("127.0.0.1", "127.0.0.2"), 0)
    listeners = bind_listener(wanted, driver.loop, node, driver.limits)

    (first, port), (second, same) = (listener.address for listener in listeners)
    assert (first, second, port) == ("127.0.0.1", "127.0.0.2", same)
    for listener in listeners:
        listener.close()


@pytest.mark.parametrize(("host", "shown"), [("127.0.0.1", r"127\.0\.0\.1"), ("", r"\*")])
def test_an_address_that_is_taken(driver: LoopDriver, host: str, shown: str) -> None:
    _, port = driver.listener.address
    wanted = ListenerSettings("IN", (host,), port)
    with pytest.raises(CannotListen, match=f"cannot listen on {shown}:{port}: Address already"):
        bind_listener(wanted, driver.loop, driver.broker.node, driver.limits)


@pytest.fixture
def one_address(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Listener]]:
    """What is bound on a machine that has no other address than 127.0.0.1."""
    made: list[Listener] = []

    def listener(*given: Any) -> Listener:
        if given[4] != "127.0.0.1":
            raise OSError(errno.EADDRNOTAVAIL, "Cannot assign requested address")
        made.append(Listener(*given))
        return made[-1]

    monkeypatch.setattr(endpoints, "Listener", listener)
    yield made
    for one in made:
        one.close()


def test_a_machine_without_ipv6(driver: LoopDriver, one_address: list[Listener]) -> None:
    """It has one loopback address, which is enough."""
    wanted = ListenerSettings("IN", LOOPBACK, 0)
    found = bind_listener(wanted, driver.loop, driver.broker.node, driver.limits)

    assert found == one_address
    assert len(found) == 1


@pytest.mark.parametrize("hosts", [("::1",), ("127.0.0.1", "127.0.0.2")])
def test_any_other_address_that_is_not_there_is_told(
    driver: LoopDriver, one_address: list[Listener], hosts: tuple[str, ...]
) -> None:
    """With the port, which an earlier one may have chosen."""
    wanted = ListenerSettings("IN", hosts, 0)
    with pytest.raises(CannotListen, match="Cannot assign") as caught:
        bind_listener(wanted, driver.loop, driver.broker.node, driver.limits)

    assert caught.value.port == (one_address[0].address[1] if one_address else 0)
