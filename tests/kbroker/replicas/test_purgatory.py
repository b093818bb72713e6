"""Who waits for what, and when they are tried."""

from __future__ import annotations

from kbroker.replicas.purgatory import Purgatory, Watched
from kbroker.timers import Timers


class Waiter:
    def __init__(self) -> None:
        self.abandoned = False
        self.can_complete = False
        self.events: list[str] = []

    def try_complete(self) -> bool:
        self.events.append("tried")
        return self.can_complete

    def expire(self) -> None:
        self.events.append("expired")


def test_many_changes_are_one_try() -> None:
    """Appends only mark; the loop tries once."""
    timers = Timers()
    purgatory, watched, waiter = Purgatory(timers), Watched(), Waiter()
    purgatory.park(waiter, [watched], 100)
    purgatory.changed(watched)
    purgatory.changed(watched)
    assert waiter.events == []
    purgatory.complete_ready()
    purgatory.complete_ready()

    assert waiter.events == ["tried"]
    assert len(purgatory) == 1


def test_completed_waits_no_longer() -> None:
    """Neither for the other things it watched nor for its time."""
    timers = Timers()
    purgatory, first, second, waiter = Purgatory(timers), Watched(), Watched(), Waiter()
    purgatory.park(waiter, [first, second], 100)
    waiter.can_complete = True
    purgatory.changed(first)
    purgatory.complete_ready()
    purgatory.changed(second)
    purgatory.complete_ready()
    timers.expire(100)

    assert waiter.events == ["tried"]
    assert len(purgatory) == 0
    assert second.waiting is None


def test_expires() -> None:
    """When its time is up it answers with what there is."""
    timers = Timers()
    purgatory, watched, waiter = Purgatory(timers), Watched(), Waiter()
    purgatory.park(waiter, [watched], 100)
    timers.expire(99)
    assert waiter.events == []
    timers.expire(100)

    assert waiter.events == ["expired"]
    assert len(purgatory) == 0


def test_abandoned() -> None:
    """Nobody is tried or expired for a connection that has gone."""
    timers = Timers()
    purgatory, watched, waiter, other = Purgatory(timers), Watched(), Waiter(), Waiter()
    purgatory.park(waiter, [watched], 100)
    purgatory.park(other, [watched], 100)
    waiter.abandoned = other.abandoned = True
    purgatory.changed(watched)
    purgatory.complete_ready()
    timers.expire(100)

    assert waiter.events == other.events == []
    assert len(purgatory) == 0


def test_expire_all() -> None:
    """A broker that stops answers everybody."""
    purgatory, waiter = Purgatory(Timers()), Waiter()
    purgatory.park(waiter, [Watched()], 100)
    purgatory.expire_all()

    assert waiter.events == ["expired"]
