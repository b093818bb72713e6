"""The broker's own tasks: delayed and periodic ones, and long ones in slices."""

from __future__ import annotations

import logging
from collections.abc import Callable, Hashable, Iterable, Iterator
from itertools import islice
from typing import TypeVar

from kbroker.clock import Clock
from kbroker.timers import Timers
from storage import StorageError
from wire.errors import KafkaError

log = logging.getLogger("kbroker")

# How many items of a long task are visited per turn of the loop, so that clients need not wait.
ITEMS_PER_TURN = 100

T = TypeVar("T")


class Background:
    """Tasks by ``name``, one deadline each; a task that fails is logged and stops no other."""

    __slots__ = ("_clock", "_timers")

    def __init__(self, clock: Clock, timers: Timers) -> None:
        self._clock = clock
        self._timers = timers

    def after(self, delay_ms: float, name: Hashable, task: Callable[[], None]) -> None:
        """Runs ``task`` once, after ``delay_ms``; replaces the earlier schedule of ``name``."""
        deadline_ms = self._clock.monotonic_ms() + delay_ms
        self._timers.schedule(("background", name), deadline_ms, lambda: _run(task))

    def every(
        self,
        interval_ms: Callable[[], float],
        name: Hashable,
        task: Callable[[], None],
        initial_delay_ms: float | None = None,
    ) -> None:
        """Runs ``task`` periodically. The interval is read each time, since settings may change.

        An interval of 0 means once, as in Kafka's scheduler.
        """

        def run() -> None:
            if interval_ms():
                self.after(interval_ms(), name, run)
            task()

        self.after(interval_ms() if initial_delay_ms is None else initial_delay_ms, name, run)

    def visit(self, name: Hashable, items: Iterable[T], visit: Callable[[T], None]) -> None:
        """Calls ``visit`` with each item: the first now, the others in later turns of the loop."""
        self._visit(name, iter(tuple(items)), visit)

    def _visit(self, name: Hashable, items: Iterator[T], visit: Callable[[T], None]) -> None:
        some = list(islice(items, ITEMS_PER_TURN))
        for item in some:
            _run(lambda item=item: visit(item))  # type: ignore[misc]
        if some:
            self.after(0, ("visit", name), lambda: self._visit(name, items, visit))


def _run(task: Callable[[], None]) -> None:
    try:
        task()
    except (StorageError, KafkaError) as error:
        log.error("%s", error)
    except Exception:
        log.exception("a background task failed")
