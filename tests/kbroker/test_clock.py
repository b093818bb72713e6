"""The two clocks."""

from __future__ import annotations

from kbroker.clock import SystemClock


def test_units() -> None:
    """Both are milliseconds, one since the epoch, one that only grows."""
    clock = SystemClock()
    first = clock.monotonic_ms()

    assert clock.now_ms() > 1_700_000_000_000
    assert clock.monotonic_ms() >= first
