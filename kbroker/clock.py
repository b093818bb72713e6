"""The clock. No other module of the broker reads the time."""

from __future__ import annotations

import time
from typing import Protocol


class Clock(Protocol):
    """Wall-clock time for what is stored and shown, monotonic time for deadlines."""

    def now_ms(self) -> int:
        """Wall-clock milliseconds since the epoch: timestamps of records, commits and files."""

    def monotonic_ms(self) -> float:
        """Milliseconds that only grow: every timeout and deadline."""


class SystemClock:
    __slots__ = ()

    def now_ms(self) -> int:
        return time.time_ns() // 1_000_000

    def monotonic_ms(self) -> float:
        return time.monotonic_ns() / 1_000_000
