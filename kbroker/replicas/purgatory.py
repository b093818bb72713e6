"""Requests that wait for a partition to change (Kafka's DelayedOperationPurgatory).

A change of a partition only marks the requests that wait for it. The loop calls ``complete_ready``
once per tick, after all readable sockets were served. So many appends make one answer, and no
handler runs inside another.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from functools import partial
from typing import Protocol

from kbroker.isolation import run_isolated
from kbroker.timers import Timers


class Waiter(Hashable, Protocol):
    """A request that waits in the purgatory."""

    @property
    def abandoned(self) -> bool:
        """Whether the client has disconnected."""

    def try_complete(self) -> bool:
        """Answers where that is possible now; whether it did."""

    def expire(self) -> None:
        """Answers with what there is, at the deadline."""


class Watched:
    """What requests can wait for; ``waiting`` holds those that do."""

    __slots__ = ("waiting",)

    def __init__(self) -> None:
        # In the order in which they were parked. Most partitions never have one.
        self.waiting: dict[Waiter, None] | None = None


class Purgatory:
    __slots__ = ("_parked", "_ready", "_timers")

    def __init__(self, timers: Timers) -> None:
        self._timers = timers
        self._parked: dict[Waiter, tuple[Watched, ...]] = {}
        self._ready: dict[Waiter, None] = {}

    def __len__(self) -> int:
        return len(self._parked)

    def park(self, waiter: Waiter, watched: Iterable[Watched], deadline_ms: float) -> None:
        """Keeps the request until it completes, expires or is abandoned."""
        keys = tuple(watched)
        self._parked[waiter] = keys
        for key in keys:
            if key.waiting is None:
                key.waiting = {}
            key.waiting[waiter] = None
        self._timers.schedule(waiter, deadline_ms, lambda: self._expire(waiter))

    def changed(self, watched: Watched) -> None:
        """Marks the requests that wait for ``watched``; ``complete_ready`` tries them."""
        if watched.waiting:
            self._ready.update(watched.waiting)

    def complete_ready(self) -> None:
        """Tries the marked requests. One whose attempt raises waits until its deadline."""
        if not self._ready:
            return
        ready, self._ready = self._ready, {}
        for waiter in ready:
            run_isolated(partial(self._try, waiter))

    def _try(self, waiter: Waiter) -> None:
        if waiter in self._parked and (waiter.abandoned or waiter.try_complete()):
            self._remove(waiter)

    def expire_all(self) -> None:
        """Answers all requests with what there is."""
        for waiter in list(self._parked):
            run_isolated(partial(self._expire, waiter))

    def _expire(self, waiter: Waiter) -> None:
        self._remove(waiter)
        if not waiter.abandoned:
            waiter.expire()

    def _remove(self, waiter: Waiter) -> None:
        self._timers.cancel(waiter)
        for key in self._parked.pop(waiter, ()):
            if key.waiting is not None:
                key.waiting.pop(waiter, None)
                if not key.waiting:
                    key.waiting = None
