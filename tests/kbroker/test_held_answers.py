"""Answers that wait for a commit."""

from __future__ import annotations

import pytest

from kbroker.held_answers import HeldAnswers
from kbroker.pending import Pending
from kbroker.replicas.commit_waiters import Done, UncommittedState
from kbroker.timers import Timers
from tests.drivers import ManualClock
from wire.errors import ErrorCode, KafkaError

LATE = ErrorCode.REQUEST_TIMED_OUT


class PartitionStub:
    def __init__(self) -> None:
        self.waiting: list[Done] = []

    def when_committed(self, end_offset: int, done: Done) -> None:
        self.waiting.append(done)

    def commit(self) -> None:
        waiting, self.waiting = self.waiting, []
        for done in waiting:
            done(ErrorCode.NONE)


class Bench:
    def __init__(self) -> None:
        self.timers, self.partition = Timers(), PartitionStub()
        self.held = HeldAnswers(UncommittedState(), ManualClock(), self.timers)
        self.told: list[str] = []

    def write(self, late: ErrorCode = LATE) -> None:
        """What a handler does that changes state; ``late`` is what clients are told of a commit
        that is late."""
        self.held.uncommitted.note(self.partition, 1, 100, lambda _code: late)

    def deliver(self, answer: str | Pending[str] | None) -> list[str]:
        """What the client has got so far."""
        assert isinstance(answer, Pending)
        answer.then(self.told.append)
        return self.told


def refuse(code: ErrorCode) -> str:
    return code.name


def test_where_nothing_is_uncommitted_nothing_is_held() -> None:
    bench = Bench()
    assert bench.held.hold("answer", refuse) == "answer"
    assert bench.held.after_commit(lambda: "answer", refuse) == "answer"


def test_an_answer_comes_with_the_commit() -> None:
    bench = Bench()
    bench.write()
    told = bench.deliver(bench.held.hold("answer", refuse))
    assert told == []
    bench.partition.commit()

    assert told == ["answer"]


def test_an_answer_that_is_late_is_an_error() -> None:
    bench = Bench()
    bench.write()
    told = bench.deliver(bench.held.hold("answer", refuse))
    bench.timers.expire(100)
    bench.partition.commit()

    assert told == [LATE.name]


def test_a_pending_that_is_done_is_held_too() -> None:
    bench, done = Bench(), Pending[str]()
    done.complete("answer")
    bench.write()
    told = bench.deliver(bench.held.hold(done, refuse))
    assert told == []
    bench.partition.commit()

    assert told == ["answer"]


def test_one_that_waits_for_something_else_is_not_held() -> None:
    """Nor is there anything to hold for who wants no answer."""
    bench, open_one = Bench(), Pending[str]()
    bench.write()
    assert bench.held.hold(open_one, refuse) is open_one
    assert not bench.held.uncommitted.needs, "it is not left for the next request"
    bench.write()
    assert bench.held.hold(None, refuse) is None
    assert not bench.held.uncommitted.needs


def test_the_second_step_waits_for_the_first() -> None:
    """And the answer for both."""
    bench, steps = Bench(), []

    def second() -> str:
        steps.append("second")
        bench.write()
        return "answer"

    bench.write()
    told = bench.deliver(bench.held.after_commit(second, refuse))
    assert steps == []
    bench.partition.commit()
    assert (steps, told) == (["second"], [])
    bench.partition.commit()

    assert told == ["answer"]


def test_no_second_step_without_the_first() -> None:
    """The code is that of whoever made the first one."""
    bench, steps = Bench(), []
    bench.write(late=ErrorCode.COORDINATOR_NOT_AVAILABLE)
    told = bench.deliver(bench.held.after_commit(lambda: str(steps.append(1)), refuse))
    bench.timers.expire(100)

    assert (steps, told) == ([], ["COORDINATOR_NOT_AVAILABLE"])


def test_the_second_step_comes_where_the_client_has_gone() -> None:
    """As what is sent before a connection closes is done in any case."""
    bench, steps = Bench(), list[str]()
    bench.write()
    answer = bench.held.after_commit(lambda: steps.append("second") or "answer", refuse)
    assert isinstance(answer, Pending)
    answer.abandon()
    bench.partition.commit()

    assert steps == ["second"]


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (KafkaError(ErrorCode.NOT_COORDINATOR), ErrorCode.NOT_COORDINATOR),
        (ValueError("a defect"), ErrorCode.UNKNOWN_SERVER_ERROR),
    ],
)
def test_a_second_step_that_fails_is_answered(
    error: Exception, code: ErrorCode, caplog: pytest.LogCaptureFixture
) -> None:
    """A defect is told to the operator, too."""
    bench = Bench()

    def second() -> str:
        raise error

    bench.write()
    told = bench.deliver(bench.held.after_commit(second, refuse))
    bench.partition.commit()

    assert told == [code.name]
    assert ("a defect" in caplog.text) == isinstance(error, ValueError)
