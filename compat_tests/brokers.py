"""What every broker under test offers, whichever it is, and what starting one needs."""

from __future__ import annotations

import random
import socket
import time
from collections.abc import Callable
from typing import Protocol


class NotRunError(Exception):
    """Something that a check needs is not on this machine: the check is *not run*, never passed."""


class Broker(Protocol):
    """One running broker.  Settings are Kafka's own `key=value` names."""

    name: str
    bootstrap: str

    def stop(self) -> None:
        """Stop in good order, keeping the data."""

    def kill(self) -> None:
        """End it as `kill -9` does, keeping the data."""

    def restart(self) -> None:
        """Start again on the same port and data; returns when it serves."""

    def remove(self) -> None:
        """End it whatever its state, and remove all that it left."""

    def logs(self) -> str:
        """The last of what it said, for reports of failures."""


class Elsewhere:
    """A broker that someone else started: it can be used, not steered."""

    name = "external"

    def __init__(self, bootstrap: str) -> None:
        self.bootstrap = bootstrap

    def stop(self) -> None:
        raise NotRunError(f"the broker at {self.bootstrap} is not ours to stop")

    kill = restart = stop

    def remove(self) -> None:
        """Nothing of ours is left."""

    def logs(self) -> str:
        return ""


def free_ports(count: int) -> list[int]:
    """Free ports, outside the range from which outgoing connections get theirs."""
    found: list[int] = []
    while len(found) < count:
        port = random.randrange(19100, 29999)
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        if port not in found:
            found.append(port)
    return found


def wait_until(
    condition: Callable[[], bool], timeout_s: float, what: str, every_s: float = 0.02
) -> None:
    """Poll until the condition holds; TimeoutError says what was waited for."""
    deadline = time.monotonic() + timeout_s
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError(f"{what}: not within {timeout_s} s")
        time.sleep(every_s)
