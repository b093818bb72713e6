"""Time, as the broker asks for it. Nothing else in the project reads a clock."""

from __future__ import annotations

import time
from typing import Protocol


class Clock(Protocol):
    """Two clocks: one for what is stored and shown, one for what must not jump."""

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
