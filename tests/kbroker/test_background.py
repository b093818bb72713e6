"""Repeated tasks, and rounds in slices."""

from __future__ import annotations

import pytest

from kbroker import background
from kbroker.background import Background
from kbroker.timers import Timers
from storage import StorageError
from tests.drivers import ManualClock


class Bench:
    def __init__(self) -> None:
        self.clock, self.timers = ManualClock(), Timers()
        self.background = Background(self.clock, self.timers)
        self.ran: list[object] = []

    def advance(self, ms: float) -> None:
        self.clock.elapsed_ms += ms
        self.timers.expire(self.clock.elapsed_ms)


def test_once() -> None:
    bench = Bench()
    bench.background.after(10, "a", lambda: bench.ran.append("first"))
    bench.background.after(20, "a", lambda: bench.ran.append("second"))
    for _ in range(30):
        bench.advance(1)

    assert bench.ran == ["second"], "a name has one deadline"


def test_again_and_again_with_the_interval_of_now() -> None:
    """The first time after the initial delay, where there is one."""
    bench, interval = Bench(), [10.0]
    bench.background.every(
        lambda: interval[0], "a", lambda: bench.ran.append(bench.clock.elapsed_ms), 3
    )
    for _ in range(14):
        bench.advance(1)
    interval[0] = 100
    for _ in range(120):
        bench.advance(1)

    assert bench.ran == [3, 13, 23, 123]


def test_without_an_interval_only_once() -> None:
    bench = Bench()
    bench.background.every(lambda: 0, "a", lambda: bench.ran.append(1), 5)
    for _ in range(20):
        bench.advance(1)

    assert bench.ran == [1]


@pytest.mark.parametrize("error", [StorageError("bad disk"), ValueError("bad code")])
def test_a_task_that_fails_comes_again(error: Exception, caplog: pytest.LogCaptureFixture) -> None:
    bench = Bench()

    def fail() -> None:
        bench.ran.append(1)
        raise error

    bench.background.every(lambda: 10, "a", fail)
    bench.advance(10)
    bench.advance(10)

    assert bench.ran == [1, 1]
    assert str(error) in caplog.text


def test_a_round_takes_several_turns(monkeypatch: pytest.MonkeyPatch) -> None:
    """And what fails for one item is done for the others."""
    monkeypatch.setattr(background, "ITEMS_PER_TURN", 2)
    bench = Bench()

    def visit(item: int) -> None:
        bench.ran.append(item)
        if item == 1:
            raise StorageError("bad disk")

    bench.background.visit("a", range(5), visit)
    turns = [len(bench.ran)]
    for _ in range(3):
        bench.advance(0)
        turns.append(len(bench.ran))

    assert bench.ran == [0, 1, 2, 3, 4]
    assert turns == [2, 4, 5, 5]
