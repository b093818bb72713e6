"""The thread beside the loop."""

from __future__ import annotations

import threading

from kbroker.network.worker import LoopWorker
from tests.kbroker.network.conftest import LoopDriver


def test_runs_there_and_tells_here(driver: LoopDriver) -> None:
    """The call in the worker's thread, its outcome in the loop's."""
    worker = LoopWorker(driver.loop)
    threads: list[int] = []
    outcomes: list[Exception | None] = []
    worker.submit(lambda: threads.append(threading.get_ident()), outcomes.append)
    worker.submit(lambda: list[None]().pop(), outcomes.append)
    driver.tick_until(lambda: len(outcomes) == 2, "both outcomes")
    worker.close()

    assert threads != [threading.get_ident()]
    assert outcomes[0] is None
    assert isinstance(outcomes[1], IndexError)
