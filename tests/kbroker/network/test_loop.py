"""The tick: sockets, what other threads post, timers, and the end."""

from __future__ import annotations

import threading
from types import SimpleNamespace

import pytest

from tests.kbroker.network.conftest import LoopDriver


def test_posts_from_other_threads_run_in_the_loop(driver: LoopDriver) -> None:
    """And wake it."""
    ran: list[int] = []
    thread = threading.Thread(
        target=lambda: driver.loop.post(lambda: ran.append(threading.get_ident()))
    )
    thread.start()
    driver.loop.tick(10)
    thread.join()

    assert ran == [threading.get_ident()]


def test_run_until_stopped(driver: LoopDriver) -> None:
    """A timer that is due ends the wait; ``stop`` ends the run."""
    driver.broker.timers.schedule("stop", 0, driver.loop.stop)
    driver.loop.run()

    assert len(driver.broker.timers) > 0  # upkeep goes on waiting


def test_timers_run_before_answers_are_completed(driver: LoopDriver) -> None:
    """What a timer makes ready is answered in the same tick."""
    order: list[str] = []
    driver.loop._complete_ready = lambda: order.append("ready")
    driver.broker.timers.schedule("t", 0, lambda: order.append("timer"))
    driver.loop.tick(0)

    assert order == ["timer", "ready"]


def test_a_defect_stops_nobody_else(driver: LoopDriver, caplog: pytest.LogCaptureFixture) -> None:
    """A timer that fails is told to the operator; the one behind it still runs."""
    ran: list[str] = []
    driver.broker.timers.schedule("bad", 0, lambda: ran[0])
    driver.broker.timers.schedule("good", 1, lambda: ran.append("good"))
    driver.loop.tick(0)
    driver.broker.clock.elapsed_ms += 1
    driver.loop.tick(0)

    assert ran == ["good"]
    assert "a defect in a callback" in caplog.text


def test_it_waits_for_the_next_deadline(
    driver: LoopDriver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In seconds, as selectors count; not at all where something is to be sent."""
    waits: list[float | None] = []
    clock = driver.broker.clock

    def select(timeout_s: float) -> list[object]:
        waits.append(timeout_s)
        clock.elapsed_ms += timeout_s * 1000
        return []

    monkeypatch.setattr(driver.loop._selector, "select", select)
    driver.broker.timers.schedule("t", clock.elapsed_ms + 250, driver.loop.stop)
    driver.loop.marked.append(SimpleNamespace(finish_tick=lambda: None))
    driver.loop.run()

    assert waits == [0, 0.25]


def test_the_time_of_a_tick_is_that_after_the_wait(
    driver: LoopDriver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else who was waited for would count as idle since the wait began."""
    clock = driver.broker.clock

    def select(_timeout_s: float) -> list[object]:
        clock.elapsed_ms += 250
        return []

    monkeypatch.setattr(driver.loop._selector, "select", select)
    driver.loop.tick(1)

    assert driver.loop.now_ms == clock.elapsed_ms
