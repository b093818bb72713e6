"""Binding, accepting, and addresses as people write them."""

from __future__ import annotations

import errno
import socket

import pytest

from kbroker.network.connection import Connection
from kbroker.network.listener import Listener, bind, plain_address
from tests.kbroker.network.conftest import LoopDriver


def test_nobody_gets_in_before_it_opens(driver: LoopDriver) -> None:
    """The port is taken at once, but connecting succeeds only when everything can be served."""
    closed = Listener(driver.loop, driver.broker.node, driver.limits, "X", "127.0.0.1", 0)
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(closed.address)
    closed.open()
    socket.create_connection(closed.address).close()
    closed.close()


def test_a_taken_port(driver: LoopDriver) -> None:
    """Binding tells, before anything else is set up."""
    with pytest.raises(OSError, match="in use"):
        bind(*driver.listener.address)


def test_every_address() -> None:
    """An empty host is all addresses, of both families where the machine has them."""
    sock = bind("", 0)
    sock.listen()
    port = sock.getsockname()[1]
    socket.create_connection(("127.0.0.1", port)).close()
    sock.close()


def test_a_port_that_connections_held_can_be_bound_again() -> None:
    """A broker that is started again does not wait until they are forgotten (TIME_WAIT)."""
    first = bind("127.0.0.1", 0)
    first.listen()
    address = first.getsockname()
    client = socket.create_connection(address)
    accepted, _ = first.accept()
    for one in (accepted, client, first):  # who closes first has to wait
        one.close()

    bind(*address).close()


def test_running_out_of_descriptors(
    driver: LoopDriver, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Nothing is accepted for a moment, instead of trying without end; then it is again."""

    class Full:
        def accept(self) -> None:
            raise OSError(errno.EMFILE, "too many open files")

        def fileno(self) -> int:
            return real.fileno()

    real = driver.listener._socket
    monkeypatch.setattr(driver.listener, "_socket", Full())
    driver.listener.ready(True, False)
    assert "ulimit" in caplog.text
    monkeypatch.undo()
    driver.connect()
    for ms, accepted in ((499, 0), (1, 1)):
        driver.broker.advance(ms)
        driver.loop.tick(0)
        connections = [one for one in driver.loop._registered if isinstance(one, Connection)]
        assert len(connections) == accepted


def test_answers_are_sent_without_delay(driver: LoopDriver) -> None:
    """Nagle's algorithm would hold back the second of two small ones."""
    driver.connect()
    (there,) = (one for one in driver.loop._registered if isinstance(one, Connection))
    assert there._socket.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


def test_plain_addresses() -> None:
    """An IPv4 client of a socket for both families is an IPv4 client."""
    assert plain_address("::ffff:10.0.0.1") == "10.0.0.1"
    assert plain_address("::1") == "::1"
