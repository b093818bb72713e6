"""How a story reaches its broker: over TCP in real time, or in this process (in_process.py)."""

from __future__ import annotations

import time
from typing import Protocol

from compat_tests.brokers import Broker
from kbroker.cli.raw_client import RawClient


class Connection(Protocol):
    """One client connection, as ``RawClient`` has it."""

    def send_bytes(self, data: bytes) -> None: ...

    def send_frame(self, frame: bytes) -> None:
        """A frame without its length, which is put in front."""

    def read_frame(self, timeout_s: float | None = None) -> bytes:
        """Raises ConnectionError where the broker hung up, and TimeoutError."""

    def close(self) -> None: ...


class Reach(Protocol):
    """A broker and its clock."""

    def connect(self) -> Connection: ...

    def monotonic_s(self) -> float: ...

    def now_ms(self) -> int: ...

    def sleep(self, seconds: float) -> None: ...

    def restart(self, *, clean: bool) -> None: ...


class OverTcp:
    """A broker at HOST:PORT, in real time; ``steered`` is the same, where it can be restarted."""

    def __init__(self, bootstrap: str, steered: Broker | None = None) -> None:
        self._bootstrap = bootstrap
        self._steered = steered
        self.restarts = 0

    def connect(self) -> RawClient:
        return RawClient(self._bootstrap)

    def monotonic_s(self) -> float:
        return time.monotonic()

    def now_ms(self) -> int:
        return time.time_ns() // 1_000_000

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds)

    def restart(self, *, clean: bool) -> None:
        assert self._steered is not None
        if clean:
            self._steered.stop()
        else:
            self._steered.kill()
        self._steered.restart()
        self.restarts += 1
