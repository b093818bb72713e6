"""When an append is committed: at once, or after an fsync (``serve --fsync``).

Without fsync acknowledged records survive a killed process, but not a power failure; that is
Kafka's default. With it every acknowledgement waits for the disk; appends made while one fsync runs
share the next one (group commit).
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from enum import Enum
from itertools import islice
from typing import NamedTuple, Protocol

from kbroker.clock import Clock
from kbroker.timers import Timers
from storage import DiskFull, FlushPlan, PartitionLog, StorageError

log = logging.getLogger("kbroker")

# A start after a crash reads what was not flushed, so the rest is flushed after so many bytes.
FLUSH_BYTES = 64 * 1024 * 1024

# Each plan holds files open, and 10,000 partitions share few file descriptors.
PARTITIONS_PER_ROUND = 100

# When the flush is tried again after a full disk kept indexes from being written.
RETRY_MS = 1000


class FsyncMode(Enum):
    NONE = "none"
    BATCH = "batch"
    ALWAYS = "always"


class FsyncPolicy(NamedTuple):
    """``delay_ms`` is how long BATCH waits for more appends before it syncs."""

    mode: FsyncMode = FsyncMode.NONE
    delay_ms: float = 0


NO_FSYNC = FsyncPolicy()


class Flushed(Protocol):
    """A partition, as flushes see it."""

    log: PartitionLog
    deleted: bool

    def advance_high_watermark(self, offset: int) -> None: ...


class Worker(Protocol):
    """A second thread, only for calls that wait for the disk."""

    def submit(self, call: Callable[[], None], then: Callable[[Exception | None], None]) -> None:
        """Runs ``call`` there, then ``then`` in the loop's thread, with the error of ``call``."""


class Flusher:
    """Syncs partitions in rounds: one round runs in the worker, later requests form the next one.

    Partitions are synced in the order of their requests. So when a record is committed, everything
    appended before it, in any partition, is on the disk. ``flushed`` is called after each round. A
    failed fsync ends the rounds, since the kernel may have dropped the data: the log directory has
    failed, and the broker stops.
    """

    __slots__ = (
        "_clock", "_delay_ms", "_flushed", "_in_flight", "_is_scheduled", "_requested", "_timers",
        "_worker",
    )  # fmt: skip

    def __init__(
        self,
        worker: Worker,
        clock: Clock,
        timers: Timers,
        delay_ms: float,
        flushed: Callable[[], None],
    ) -> None:
        self._worker = worker
        self._clock = clock
        self._timers = timers
        self._delay_ms = delay_ms
        self._flushed = flushed
        self._requested: dict[Flushed, bool] = {}  # whether with a producer snapshot
        self._in_flight: dict[Flushed, FlushPlan] = {}
        self._is_scheduled = False

    def is_flushing(self, partition: Flushed) -> bool:
        return partition in self._in_flight

    def request(self, partition: Flushed, *, snapshot: bool = False) -> None:
        """Lets the next round sync everything that the partition holds when it begins.

        With ``snapshot`` a restart replays nothing before that point.
        """
        self._requested[partition] = snapshot
        self._schedule(self._delay_ms)

    def sync_now(self, partition: Flushed) -> None:
        """Syncs the partition and returns when that is done; called before anything is served, so
        that no client reads records that may still be lost. Raises LogDirFailed."""
        plan = partition.log.prepare_flush(snapshot=True)
        if plan is not None:
            plan.run()
            partition.log.complete_flush(plan)
            self._flushed()

    def _schedule(self, delay_ms: float) -> None:
        if self._requested and not self._in_flight and not self._is_scheduled:
            self._is_scheduled = True
            self._timers.schedule(self, self._clock.monotonic_ms() + delay_ms, self._begin)

    def _begin(self) -> None:
        self._is_scheduled = False
        some = dict(islice(self._requested.items(), PARTITIONS_PER_ROUND))
        try:
            self._in_flight = _plans(some)
        except DiskFull as error:
            log.warning("%s; it is tried again", error)
            self._schedule(RETRY_MS)
            return
        except StorageError as error:
            log.error("%s", error)
            return
        for partition in some:
            del self._requested[partition]
        if not self._in_flight:
            self._schedule(0)
            return
        plans = list(self._in_flight.values())
        self._worker.submit(lambda: _run(plans), self._end)

    def _end(self, error: Exception | None) -> None:
        synced, self._in_flight = self._in_flight, {}
        if error is not None:
            log.error("%s", error)
            return
        for partition, plan in synced.items():
            if not partition.deleted:
                partition.log.complete_flush(plan)
                partition.advance_high_watermark(plan.end_offset)
        self._flushed()
        self._schedule(self._delay_ms)


def _plans(partitions: dict[Flushed, bool]) -> dict[Flushed, FlushPlan]:
    plans: dict[Flushed, FlushPlan] = {}
    for partition, snapshot in partitions.items():
        if not partition.deleted:
            plan = partition.log.prepare_flush(snapshot=snapshot)
            if plan is not None:
                plans[partition] = plan
    return plans


def _run(plans: list[FlushPlan]) -> None:
    for plan in plans:
        plan.run()


class CommitRule(Protocol):
    """Moves the high watermark of a partition after an append."""

    def appended(self, partition: Flushed, end_offset: int) -> None:
        """Called for each batch; ``end_offset`` is the offset after it."""

    def recovered(self, partition: Flushed) -> None:
        """Called for a log opened after a crash, with records that may not be on the disk."""


class CommitAtOnce:
    """An append commits at once. Flushes between them only keep restarts short."""

    __slots__ = ("_flusher",)

    def __init__(self, flusher: Flusher) -> None:
        self._flusher = flusher

    def appended(self, partition: Flushed, end_offset: int) -> None:
        log = partition.log
        partition.advance_high_watermark(end_offset)
        if log.unflushed_bytes >= FLUSH_BYTES and not self._flusher.is_flushing(partition):
            self._flusher.request(partition)

    def recovered(self, partition: Flushed) -> None:
        """Flushes soon, so that a start after another crash reads only later records."""
        self._flusher.request(partition, snapshot=True)


class CommitAfterFlush:
    """An append commits when it is on the disk."""

    __slots__ = ("_flusher",)

    def __init__(self, flusher: Flusher) -> None:
        self._flusher = flusher

    def appended(self, partition: Flushed, end_offset: int) -> None:
        self._flusher.request(partition)

    def recovered(self, partition: Flushed) -> None:
        self._flusher.sync_now(partition)


def commit_rule(fsync: FsyncPolicy, flusher: Flusher) -> CommitRule:
    at_once = fsync.mode is FsyncMode.NONE
    return CommitAtOnce(flusher) if at_once else CommitAfterFlush(flusher)
