"""Keyed deadlines."""

from __future__ import annotations

from functools import partial
from random import Random

from kbroker.timers import Timers


def test_fires_in_order_and_once() -> None:
    """What is due fires, earliest first; the rest stays."""
    timers, fired = Timers(), list[str]()
    timers.schedule("b", 20, lambda: fired.append("b"))
    timers.schedule("a", 10, lambda: fired.append("a"))
    timers.schedule("c", 30, lambda: fired.append("c"))

    assert timers.expire(20) == 2
    assert fired == ["a", "b"]
    assert timers.next_deadline() == 30
    assert timers.expire(20) == 0


def test_rescheduling_replaces_the_deadline() -> None:
    """Later or earlier, the last word counts."""
    timers, fired = Timers(), list[int]()
    timers.schedule("k", 10, lambda: fired.append(1))
    timers.schedule("k", 50, lambda: fired.append(2))
    timers.expire(49)
    assert fired == []
    timers.schedule("k", 45, lambda: fired.append(3))
    timers.expire(45)

    assert fired == [3]
    assert timers.expire(100) == 0


def test_cancelled_and_scheduled_again() -> None:
    """A cancelled key fires neither at the old time nor twice at the new one."""
    timers, fired = Timers(), list[int]()
    timers.schedule("k", 10, lambda: fired.append(1))
    timers.cancel("k")
    timers.cancel("never there")
    assert timers.next_deadline() is None
    timers.schedule("k", 10, lambda: fired.append(2))
    timers.expire(10)

    assert fired == [2]
    assert len(timers) == 0


def test_a_callback_may_schedule_its_own_key() -> None:
    """Periodic work schedules itself again while it runs; one that is due at once waits, too."""
    timers, fired = Timers(), list[int]()

    def again() -> None:
        fired.append(1)
        timers.schedule("k", 10, again)

    timers.schedule("k", 10, again)
    assert timers.expire(20) == 1
    assert timers.expire(20) == 1

    assert fired == [1, 1]
    assert timers.deadline("k") == 10
    assert "k" in timers


def test_what_is_cancelled_is_forgotten() -> None:
    """Long before its time would have come, and without disturbing the others."""
    timers = Timers()
    fired: list[int] = []
    for number in range(10):
        timers.schedule(number, number, lambda number=number: fired.append(number))  # type: ignore[misc]
    for number in range(10, 10_000):
        timers.schedule(number, 1_000_000, lambda: None)
        timers.cancel(number)
    assert len(timers._heap) < 200
    timers.schedule(3, 20, lambda: fired.append(3))
    timers.expire(9)
    assert fired == [0, 1, 2, 4, 5, 6, 7, 8, 9]
    timers.expire(20)
    assert fired[-1] == 3


def test_few_that_are_cancelled_cost_nothing() -> None:
    """The others are not sorted anew for each of them."""
    timers = Timers()
    for number in range(10):
        timers.schedule(number, number, lambda: None)
    timers.cancel(5)

    assert len(timers._heap) == 10


def test_the_others_stay_in_order_when_many_are_cancelled() -> None:
    timers, fired = Timers(), list[int]()
    random = Random(1)
    deadlines = random.sample(range(1000), 1000)
    for deadline in deadlines:
        timers.schedule(deadline, deadline, partial(fired.append, deadline))
    kept = sorted(random.sample(range(1000), 100))
    for deadline in set(range(1000)) - set(kept):
        timers.cancel(deadline)
    for now in range(0, 1000, 10):
        timers.expire(now)
        assert fired == [deadline for deadline in kept if deadline <= now]


def test_one_that_was_moved_forward_stays_there_when_many_are_cancelled() -> None:
    timers, fired = Timers(), list[str]()
    timers.schedule("first", 5, lambda: fired.append("first"))
    for deadline in (100, 20):
        timers.schedule("moved", deadline, lambda: fired.append("moved"))
    for number in range(1000):
        timers.schedule(number, 1000, lambda: None)
    for number in range(1000):
        timers.cancel(number)
    timers.expire(20)

    assert fired == ["first", "moved"]
