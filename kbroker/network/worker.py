"""The second thread: it runs calls that wait for the disk (fsync, unlink)."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable

from kbroker.network.loop import Loop

Task = tuple[Callable[[], None], Callable[[Exception | None], None]]


class LoopWorker:
    """Starts its thread with the first task, so that an idle broker has none."""

    def __init__(self, loop: Loop) -> None:
        self._loop = loop
        self._tasks: queue.SimpleQueue[Task | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None

    def submit(self, call: Callable[[], None], then: Callable[[Exception | None], None]) -> None:
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="disk", daemon=True)
            self._thread.start()
        self._tasks.put((call, then))

    def _run(self) -> None:
        while (task := self._tasks.get()) is not None:
            call, then = task
            error: Exception | None = None
            try:
                call()
            except Exception as raised:  # passed to ``then``
                error = raised
            self._loop.post(_outcome(then, error))

    def close(self) -> None:
        """Waits for the submitted calls; their outcomes are not delivered."""
        if self._thread is not None:
            self._tasks.put(None)
            self._thread.join()


def _outcome(
    then: Callable[[Exception | None], None], error: Exception | None
) -> Callable[[], None]:
    return lambda: then(error)
