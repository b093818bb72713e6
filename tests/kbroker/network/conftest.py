"""A loop over real sockets of this process, ticked by hand."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from kbroker.network.connection import Connection
from kbroker.network.connection_limits import ConnectionLimits
from kbroker.network.listener import Listener
from kbroker.network.loop import Loop
from tests.drivers import BrokerDriver

PATIENCE_S = 20


class LoopDriver:
    """A node behind a listener on a free port; ``tick`` until something holds."""

    def __init__(self, folder: str) -> None:
        self.broker = BrokerDriver(folder)
        self.loop = Loop(self.broker.clock, self.broker.timers, self.broker.settle)
        self.limits = ConnectionLimits(self.broker.node.settings)
        self.listener = Listener(
            self.loop, self.broker.node, self.limits, "PLAINTEXT", "127.0.0.1", 0
        )
        self.listener.open()
        self.clients: list[socket.socket] = []

    def connect(self) -> socket.socket:
        client = socket.create_connection(self.listener.address)
        client.settimeout(0)
        self.clients.append(client)
        self.loop.tick(0)
        return client

    @property
    def connections(self) -> list[Connection]:
        """Those that are open."""
        return [one for one in self.loop._registered if isinstance(one, Connection)]

    def exchange(self, client: socket.socket, data: bytes, size: int) -> bytes:
        """Sends ``data`` and ticks until ``size`` bytes came back, or the broker hung up."""
        sent, received = 0, bytearray()
        deadline = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline:
            if sent < len(data):
                try:
                    sent += client.send(data[sent:])
                except BlockingIOError:
                    pass
            self.loop.tick(0.01)
            try:
                part = client.recv(1 << 20)
            except BlockingIOError:
                continue
            received += part
            if not part or len(received) >= size:
                return bytes(received)
        raise AssertionError(
            f"only {len(received)} of {size} bytes came back within {PATIENCE_S} seconds"
        )

    def tick_until(self, holds: Callable[[], bool], what: str) -> None:
        deadline = time.monotonic() + PATIENCE_S
        while not holds():
            assert time.monotonic() < deadline, f"{what} did not come within {PATIENCE_S} seconds"
            self.loop.tick(0.01)

    def close(self) -> None:
        for client in self.clients:
            client.close()
        self.loop.close()


@pytest.fixture
def driver(tmp_path: Path) -> Iterator[LoopDriver]:
    """Over real files, since those are what sendfile sends."""
    driver = LoopDriver(str(tmp_path))
    yield driver
    driver.close()
    driver.broker.node.close(clean=False)
