"""Answers that wait until the records they rest on are committed (design rule 4).

State changes at the append, so a handler makes its answer at once. The answer is sent when the high
watermark has passed those records. Where commits are immediate no answer is held.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import TypeVar, Union

from kbroker.clock import Clock
from kbroker.pending import Pending
from kbroker.replicas.commit_waiters import UncommittedState
from kbroker.timers import Timers
from wire.errors import ErrorCode, KafkaError

log = logging.getLogger("kbroker")

A = TypeVar("A")
# What a handler returns: an answer, one that comes later, or None where the client wants none.
Answer = Union[A, Pending[A], None]  # noqa: UP007  # an alias that takes a parameter


class HeldAnswers:
    """Holds answers by what the current request has noted in ``uncommitted``."""

    __slots__ = ("_clock", "_timers", "uncommitted")

    def __init__(self, uncommitted: UncommittedState, clock: Clock, timers: Timers) -> None:
        self.uncommitted = uncommitted
        self._clock = clock
        self._timers = timers

    def hold(self, answer: Answer[A], refuse: Callable[[ErrorCode], A | None]) -> Answer[A]:
        """``answer`` itself, or a Pending that gets it when everything noted is committed.

        ``refuse`` makes the answer for the code of a failed or late commit. An answer that is
        already pending is not held: the code that completes it waits for the commit.
        """
        uncommitted = self.uncommitted
        if not uncommitted.needs:
            return answer
        if answer is None or (isinstance(answer, Pending) and not answer.done):
            uncommitted.needs.clear()
            return answer
        pending: Pending[A] = Pending()

        def deliver(code: ErrorCode) -> None:
            _complete(answer if code is ErrorCode.NONE else refuse(code), pending)

        uncommitted.wait(self._timers, self._clock.monotonic_ms(), deliver)
        return pending

    def after_commit(
        self, next_step: Callable[[], Answer[A]], refuse: Callable[[ErrorCode], A | None]
    ) -> Answer[A]:
        """``next_step()``, called when everything noted so far is committed: at once if it is.

        For handlers with two steps, where the second must not be on disk without the first.
        """
        if not self.uncommitted.needs:
            return next_step()
        pending: Pending[A] = Pending()

        def resume(code: ErrorCode) -> None:
            answer = refuse(code) if code is not ErrorCode.NONE else _run_step(next_step, refuse)
            _complete(self.hold(answer, refuse), pending)

        self.uncommitted.wait(self._timers, self._clock.monotonic_ms(), resume)
        return pending


def _run_step(
    next_step: Callable[[], Answer[A]], refuse: Callable[[ErrorCode], A | None]
) -> Answer[A]:
    try:
        return next_step()
    except KafkaError as error:
        return refuse(error.code)
    except Exception:
        log.exception("the second step of a request failed; the client gets an error")
        return refuse(ErrorCode.UNKNOWN_SERVER_ERROR)


def _complete(answer: Answer[A], pending: Pending[A]) -> None:
    if isinstance(answer, Pending):
        answer.then(pending.complete)
    elif answer is not None:
        pending.complete(answer)
