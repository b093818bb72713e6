"""What waits for the high watermark: callbacks of one partition, and answers that need several.

An append gives offsets to records; they are committed when the high watermark has passed them.
Where commits are immediate no object of this module but ``UncommittedState`` is made.
"""

from __future__ import annotations

from bisect import insort
from collections.abc import Callable, Mapping
from functools import partial
from operator import itemgetter
from typing import Generic, NamedTuple, Protocol, TypeVar

from kbroker.timers import Timers
from wire.errors import ErrorCode

# Called once: with NONE when the records are committed, with another code where they cannot be.
Done = Callable[[ErrorCode], None]

_offset = itemgetter(0)


class CommitWaiters:
    """Callbacks, ordered by the end offset that each waits for."""

    __slots__ = ("_waiters",)

    def __init__(self) -> None:
        self._waiters: list[tuple[int, Done]] = []

    def add(self, end_offset: int, done: Done) -> None:
        insort(self._waiters, (end_offset, done), key=_offset)

    def take_committed(self, high_watermark: int) -> list[Done]:
        """Removes and returns those whose records are all below ``high_watermark``."""
        count = 0
        while count < len(self._waiters) and self._waiters[count][0] <= high_watermark:
            count += 1
        taken = self._waiters[:count]
        del self._waiters[:count]
        return [done for _, done in taken]

    def take_all(self) -> list[Done]:
        taken, self._waiters = self._waiters, []
        return [done for _, done in taken]


class Commits(Protocol):
    """What a ``CommitWait`` needs of a partition."""

    def when_committed(self, end_offset: int, done: Done) -> None: ...


P = TypeVar("P", bound=Commits)


class CommitWait(Generic[P]):
    """Waits until each partition has committed up to its end offset (Kafka's DelayedProduce).

    ``then`` is called once with the code of each partition that has not: its own error, or
    REQUEST_TIMED_OUT for those that are not committed at ``deadline_ms`` (monotonic).
    """

    __slots__ = ("_failed", "_missing", "_then", "_timers")

    def __init__(
        self,
        end_offsets: Mapping[P, int],
        timers: Timers,
        deadline_ms: float,
        then: Callable[[Mapping[P, ErrorCode]], None],
    ) -> None:
        self._timers = timers
        self._then = then
        self._missing = dict(end_offsets)
        self._failed: dict[P, ErrorCode] = {}
        timers.schedule(self, deadline_ms, self._time_out)
        for partition, end_offset in end_offsets.items():
            partition.when_committed(end_offset, partial(self._settle, partition))

    def _settle(self, partition: P, code: ErrorCode) -> None:
        if partition not in self._missing:
            return  # it was late
        del self._missing[partition]
        if code is not ErrorCode.NONE:
            self._failed[partition] = code
        if not self._missing:
            self._timers.cancel(self)
            self._then(self._failed)

    def _time_out(self) -> None:
        late = dict.fromkeys(self._missing, ErrorCode.REQUEST_TIMED_OUT)
        self._missing.clear()
        self._then(self._failed | late)


class _Need(NamedTuple):
    end_offset: int
    timeout_ms: float
    code_for: Callable[[ErrorCode], ErrorCode]


class UncommittedState:
    """The uncommitted records that the answer to the current request rests on.

    Coordinators and the catalog change their state at the append. While they serve a request they
    note here which partitions the answer rests on; ``dispatch`` then holds the answer until the
    high watermarks have passed the noted offsets. Empty where commits are immediate.
    """

    __slots__ = ("needs",)

    def __init__(self) -> None:
        self.needs: dict[Commits, _Need] = {}

    def note(
        self,
        partition: Commits,
        end_offset: int,
        timeout_ms: float,
        code_for: Callable[[ErrorCode], ErrorCode],
    ) -> None:
        """The answer rests on ``partition`` up to ``end_offset``.

        ``code_for`` maps the code of a failed or late commit to the one that clients get.
        """
        self.needs[partition] = _Need(end_offset, timeout_ms, code_for)

    def wait(self, timers: Timers, now_ms: float, then: Callable[[ErrorCode], None]) -> None:
        """Calls ``then`` when everything noted is committed, or with the code of the first
        partition that failed. Clears the notes."""
        needs = self.needs.copy()
        self.needs.clear()

        def finish(failed: Mapping[Commits, ErrorCode]) -> None:
            codes = [needs[partition].code_for(code) for partition, code in failed.items()]
            then(codes[0] if codes else ErrorCode.NONE)

        CommitWait(
            {partition: need.end_offset for partition, need in needs.items()},
            timers,
            now_ms + min(need.timeout_ms for need in needs.values()),
            finish,
        )
