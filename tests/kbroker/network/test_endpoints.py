"""Binding the listeners of a broker."""

from __future__ import annotations

import pytest

from kbroker.network.endpoints import CannotListen, bind_listener
from kbroker.settings.listeners import ListenerSettings
from tests.kbroker.network.conftest import LoopDriver


def test_all_hosts_of_a_listener_share_a_port(driver: LoopDriver) -> None:
    """The first one takes a free port."""
    node = driver.broker.node
    wanted = ListenerSettings("IN", ("127.0.0.1", "127.0.0.2"), 0)
    listeners = bind_listener(wanted, driver.loop, node, driver.limits)

    (first, port), (second, same) = (listener.address for listener in listeners)
    assert (first, second, port) == ("127.0.0.1", "127.0.0.2", same)
    for listener in listeners:
        listener._socket.close()


def test_an_address_that_is_taken(driver: LoopDriver) -> None:
    host, port = driver.listener.address
    wanted = ListenerSettings("IN", (host,), port)
    with pytest.raises(CannotListen, match=f"cannot listen on {host}:{port}: Address already"):
        bind_listener(wanted, driver.loop, driver.broker.node, driver.limits)
