"""Binding, accepting, and addresses as people write them."""

from __future__ import annotations

import errno
import socket
from types import SimpleNamespace

import pytest

from kbroker.network.listener import LEAST_BACKLOG, Listener, bind, plain_address
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


@pytest.mark.parametrize("host", ["", "::"])
def test_every_address(host: str) -> None:
    """Of both families where the machine has them; Kafka binds "::" so, too."""
    sock = bind(host, 0)
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


class Failing:
    """A listening socket that accepts nobody."""

    def __init__(self, real: socket.socket, error: int) -> None:
        self.fileno = real.fileno
        self._error = error

    def accept(self) -> None:
        raise OSError(self._error, "no connection")


@pytest.mark.parametrize("error", [errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM])
def test_running_out_of_descriptors(
    driver: LoopDriver,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    error: int,
) -> None:
    """Nothing is accepted for a moment, instead of trying without end; then it is again."""
    monkeypatch.setattr(driver.listener, "_socket", Failing(driver.listener._socket, error))
    driver.listener.ready(True, False)
    assert "ulimit" in caplog.text
    monkeypatch.undo()
    driver.connect()
    for ms, accepted in ((499, 0), (1, 1)):
        driver.broker.advance(ms)
        driver.loop.tick(0)
        assert len(driver.connections) == accepted


def test_a_client_that_left_before_it_was_accepted(
    driver: LoopDriver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Others are accepted, at once."""
    failing = Failing(driver.listener._socket, errno.ECONNABORTED)
    monkeypatch.setattr(driver.listener, "_socket", failing)
    driver.listener.ready(True, False)
    monkeypatch.undo()
    driver.connect()

    assert len(driver.connections) == 1


@pytest.mark.parametrize(("asked", "backlog"), [(50, LEAST_BACKLOG), (9999, 9999)])
def test_as_many_wait_to_be_accepted_as_is_asked_for(
    driver: LoopDriver, monkeypatch: pytest.MonkeyPatch, asked: int, backlog: int
) -> None:
    """And not fewer than suits a thread that has more to do."""
    driver.broker.node.settings.set("socket.listen.backlog.size", str(asked))
    other = Listener(driver.loop, driver.broker.node, driver.limits, "X", "127.0.0.1", 0)
    backlogs: list[int] = []
    listening = SimpleNamespace(fileno=other._socket.fileno, listen=backlogs.append)
    monkeypatch.setattr(other, "_socket", listening)
    other.open()
    monkeypatch.undo()
    other.close()

    assert backlogs == [backlog]


def test_answers_are_sent_without_delay(driver: LoopDriver) -> None:
    """Nagle's algorithm would hold back the second of two small ones."""
    driver.connect()
    (there,) = driver.connections
    assert there._socket.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


def test_a_client_whose_machine_has_gone_is_noticed(driver: LoopDriver) -> None:
    """By the kernel, as with Kafka; a connection may be idle for ever."""
    driver.connect()
    (there,) = driver.connections
    assert there._socket.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)


def test_plain_addresses() -> None:
    """An IPv4 client of a socket for both families is an IPv4 client."""
    assert plain_address("::ffff:10.0.0.1") == "10.0.0.1"
    assert plain_address("::1") == "::1"
