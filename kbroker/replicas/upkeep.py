"""What the logs need while nobody asks: flushing, retention, checkpoints, removal of old files."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import Protocol

from kbroker.clock import Clock
from kbroker.replicas.partition import Partition
from kbroker.settings.broker_settings import BrokerSettings
from kbroker.timers import Timers
from storage import FlushPlan, LogDir, LogDirFailed, StorageError

log = logging.getLogger("kbroker")

# What is done to every partition is done to so many per turn, so that no client notices.
PARTITIONS_PER_TURN = 100

# The recovery points that flushes have moved are written so much later, so that a burst of flushes
# makes one checkpoint.
CHECKPOINT_DELAY_MS = 1000

# Internal settings of Kafka: log.initial.task.delay.ms, producer.id.expiration.check.interval.ms.
INITIAL_DELAY_MS = 30_000
EXPIRE_PRODUCERS_MS = 600_000


class Worker(Protocol):
    """One thread beside the loop's, for calls that wait on the disk and nothing else."""

    def submit(self, call: Callable[[], None], then: Callable[[Exception | None], None]) -> None:
        """Runs ``call`` there, then ``then`` in the loop's thread, with what ``call`` raised."""


class Upkeep:
    __slots__ = (
        "_checkpoint_is_due", "_clock", "_config", "_log_dir", "_partitions", "_timers", "_worker",
    )  # fmt: skip

    def __init__(
        self,
        log_dir: LogDir,
        config: BrokerSettings,
        clock: Clock,
        timers: Timers,
        worker: Worker,
        partitions: Callable[[], Iterable[Partition]],
    ) -> None:
        self._log_dir = log_dir
        self._config = config
        self._clock = clock
        self._timers = timers
        self._worker = worker
        self._partitions = partitions
        self._checkpoint_is_due = False

    def start(self) -> None:
        integer = self._config.integer
        checkpoint_ms = integer("log.flush.offset.checkpoint.interval.ms")
        retention_ms = integer("log.retention.check.interval.ms")
        self._every(lambda: checkpoint_ms, self._checkpoint)
        self._every(lambda: retention_ms, self._apply_retention)
        # The one of these settings that may change meanwhile.
        self._every(lambda: max(integer("log.segment.delete.delay.ms"), 1000), self._purge)
        self._every(lambda: EXPIRE_PRODUCERS_MS, self.expire_producers)
        recovered = [
            partition
            for partition in self._partitions()
            if partition.log.recovery_point < partition.log.log_end_offset
        ]
        if recovered:
            self._flush_recovered_soon(recovered)

    def _every(self, interval_ms: Callable[[], int], task: Callable[[], None]) -> None:
        """With an interval of 0 only once, as Kafka's scheduler has it."""

        def run() -> None:
            if interval_ms():
                self._after(interval_ms(), task, run)
            task()

        self._after(INITIAL_DELAY_MS, task, run)

    def _after(self, delay_ms: int, name: object, task: Callable[[], None]) -> None:
        def run() -> None:
            try:
                task()
            except StorageError as error:
                log.error("%s", error)

        self._timers.schedule(("upkeep", name), self._clock.monotonic_ms() + delay_ms, run)

    def _flush_recovered_soon(self, partitions: list[Partition]) -> None:
        self._after(0, "flush of what was recovered", lambda: self._flush_recovered(partitions))

    def _flush_recovered(self, partitions: list[Partition]) -> None:
        """So that a restart after another crash reads only what came since this one. One partition
        after the other, since each plan holds files open; then all recovery points are written."""
        while partitions:
            partition = partitions.pop()
            plan = None
            if not partition.deleted and not partition.flushing:
                plan = partition.log.prepare_flush(snapshot=True)
            if plan is not None:
                self._submit(partition, plan, lambda: self._flush_recovered_soon(partitions))
                return
        self._checkpoint()

    def flush(self, partition: Partition) -> None:
        """Syncs what was appended so far, in the worker's thread."""
        plan = partition.log.prepare_flush()
        if plan is not None:
            self._submit(partition, plan, self._checkpoint_soon)

    def _submit(self, partition: Partition, plan: FlushPlan, then: Callable[[], None]) -> None:
        def flushed(error: Exception | None) -> None:
            partition.flushing = False
            if error is not None:
                log.error("flushing %s failed: %s", partition.log.name, error)
            elif not partition.deleted:
                partition.log.complete_flush(plan)
            then()

        partition.flushing = True
        self._worker.submit(plan.run, flushed)

    def _checkpoint_soon(self) -> None:
        """A recovery point is worth something only once it is written down."""
        if not self._checkpoint_is_due:
            self._checkpoint_is_due = True
            self._after(CHECKPOINT_DELAY_MS, "checkpoint after a flush", self._checkpoint)

    def high_watermarks(self) -> dict[tuple[str, int], int]:
        return {
            (partition.log.topic, partition.index): partition.high_watermark
            for partition in self._partitions()
        }

    def _checkpoint(self) -> None:
        self._checkpoint_is_due = False
        self._log_dir.checkpoint(self.high_watermarks())

    def _purge(self) -> None:
        def purged(error: Exception | None) -> None:
            if isinstance(error, LogDirFailed):
                log.warning("%s", error)

        self._worker.submit(self._log_dir.purge, purged)

    def _apply_retention(self) -> None:
        def apply(partition: Partition) -> None:
            partition.log.apply_retention(self._clock.now_ms(), partition.high_watermark)

        self._visit("retention", iter(tuple(self._partitions())), apply)

    def expire_producers(self) -> None:
        """Also at the start: Kafka does not load the expired ones from snapshots."""
        expiration_ms = self._config.integer("producer.id.expiration.ms")

        def expire(partition: Partition) -> None:
            partition.log.expire_producers(self._clock.now_ms(), expiration_ms)

        self._visit("producers", iter(tuple(self._partitions())), expire)

    def _visit(
        self, name: str, partitions: Iterator[Partition], visit: Callable[[Partition], None]
    ) -> None:
        """Some partitions, and the others in the loop's next turns."""
        some = list(islice(partitions, PARTITIONS_PER_TURN))
        for partition in some:
            if not partition.deleted:
                visit(partition)
        if some:
            self._after(0, name, lambda: self._visit(name, partitions, visit))
