"""Who waits for the high watermark."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from kbroker.replicas.commit_waiters import CommitWait, CommitWaiters, Done, UncommittedState
from kbroker.timers import Timers
from wire.errors import ErrorCode

NONE, LATE = ErrorCode.NONE, ErrorCode.REQUEST_TIMED_OUT
GONE = ErrorCode.UNKNOWN_TOPIC_OR_PARTITION


class PartitionStub:
    """Commits what it is told to."""

    def __init__(self) -> None:
        self.waiters = CommitWaiters()

    def when_committed(self, end_offset: int, done: Done) -> None:
        self.waiters.add(end_offset, done)

    def commit(self, high_watermark: int) -> None:
        for done in self.waiters.take_committed(high_watermark):
            done(NONE)

    def delete(self) -> None:
        for done in self.waiters.take_all():
            done(GONE)


def test_the_lowest_offsets_come_first() -> None:
    """Those with equal ones in the order in which they came; each comes once."""
    waiters, told = CommitWaiters(), []
    for name, offset in (("c", 7), ("a", 5), ("b", 5), ("d", 9)):
        waiters.add(offset, lambda _code, name=name: told.append(name))  # type: ignore[misc]
    for high_watermark in (4, 5, 8, 8):
        for done in waiters.take_committed(high_watermark):
            done(NONE)
        told.append("|")
    for done in waiters.take_all():
        done(GONE)

    assert "".join(told) == "|ab|c||d"
    assert waiters.take_all() == []


class Wait:
    """A wait for offset 2 of one partition and 3 of another, until 100 ms."""

    def __init__(self) -> None:
        self.timers = Timers()
        self.first, self.second = PartitionStub(), PartitionStub()
        self.outcomes: list[Mapping[PartitionStub, ErrorCode]] = []
        CommitWait({self.first: 2, self.second: 3}, self.timers, 100, self.outcomes.append)


def test_all_have_to_commit() -> None:
    wait = Wait()
    wait.second.commit(3)
    wait.first.commit(1)
    assert wait.outcomes == []
    wait.first.commit(2)

    assert wait.outcomes == [{}]
    assert len(wait.timers) == 0, "nothing is left to expire"


def test_who_is_late_is_named() -> None:
    """What commits afterwards changes nothing."""
    wait = Wait()
    wait.first.commit(2)
    wait.timers.expire(99)
    assert wait.outcomes == []
    wait.timers.expire(100)
    wait.second.commit(3)

    assert wait.outcomes == [{wait.second: LATE}]


def test_a_deleted_partition_fails() -> None:
    wait = Wait()
    wait.first.delete()
    wait.second.commit(3)

    assert wait.outcomes == [{wait.first: GONE}]


def test_one_that_failed_is_told_with_one_that_is_late() -> None:
    wait = Wait()
    wait.first.delete()
    wait.timers.expire(100)

    assert wait.outcomes == [{wait.first: GONE, wait.second: LATE}]


def test_what_fails_at_once_is_told_once() -> None:
    """A partition was deleted between the append and the wait."""

    class Deleted:
        def when_committed(self, _end_offset: int, done: Done) -> None:
            done(GONE)

    timers, partition = Timers(), Deleted()
    outcomes: list[Mapping[Deleted, ErrorCode]] = []
    CommitWait({partition: 2}, timers, 100, outcomes.append)
    timers.expire(100)

    assert outcomes == [{partition: GONE}]


def test_an_answer_waits_for_what_it_rests_on() -> None:
    """It is told the code that clients get; what was noted is forgotten."""
    state, timers, told = UncommittedState(), Timers(), []
    partition, other = PartitionStub(), PartitionStub()
    assert not state.needs
    state.note(partition, 5, 50, lambda _code: ErrorCode.COORDINATOR_NOT_AVAILABLE)
    state.note(other, 1, 80, lambda code: code)
    assert state.needs
    state.wait(timers, 1000, told.append)
    assert not state.needs
    other.commit(1)
    partition.commit(4)
    timers.expire(1049)
    assert told == []
    timers.expire(1050)

    assert told == [ErrorCode.COORDINATOR_NOT_AVAILABLE]


def test_what_is_committed_in_time() -> None:
    state, timers, told = UncommittedState(), Timers(), []
    partition = PartitionStub()
    state.note(partition, 5, 50, partial(max, NONE))
    state.wait(timers, 0, told.append)
    partition.commit(5)

    assert told == [NONE]


def test_what_was_noted_last_counts() -> None:
    """A request may append twice to a partition."""
    state, timers, told = UncommittedState(), Timers(), []
    partition = PartitionStub()
    for end_offset in (5, 6):
        state.note(partition, end_offset, 50, lambda code: code)
    state.wait(timers, 0, told.append)
    partition.commit(5)
    assert told == []
    partition.commit(6)

    assert told == [NONE]


def test_the_first_that_fails_gives_the_code() -> None:
    state, timers, told = UncommittedState(), Timers(), []
    first, second = PartitionStub(), PartitionStub()
    state.note(second, 1, 50, lambda _code: ErrorCode.NOT_COORDINATOR)
    state.note(first, 1, 50, lambda _code: ErrorCode.COORDINATOR_NOT_AVAILABLE)
    state.wait(timers, 0, told.append)
    first.delete()
    second.delete()

    assert told == [ErrorCode.COORDINATOR_NOT_AVAILABLE]
