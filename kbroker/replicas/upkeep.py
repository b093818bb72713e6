"""Periodic work on the logs: retention, checkpoints, removal of deleted files."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable

from kbroker.background import Background
from kbroker.clock import Clock
from kbroker.replicas.durability import Worker
from kbroker.replicas.partition import Partition
from kbroker.settings.broker_settings import BrokerSettings
from storage import LogStore

log = logging.getLogger("kbroker")

# How long after a flush the checkpoint is written: a burst of flushes makes one checkpoint.
CHECKPOINT_DELAY_MS = 1000


class Upkeep:
    __slots__ = (
        "_background",
        "_checkpoint_is_due",
        "_clock",
        "_log_dir",
        "_partitions",
        "_settings",
        "_worker",
    )  # fmt: skip

    def __init__(
        self,
        log_dir: LogStore,
        settings: BrokerSettings,
        clock: Clock,
        background: Background,
        worker: Worker,
        partitions: Callable[[], Iterable[Partition]],
    ) -> None:
        self._log_dir = log_dir
        self._settings = settings
        self._clock = clock
        self._background = background
        self._worker = worker
        self._partitions = partitions
        self._checkpoint_is_due = False

    def start(self) -> None:
        integer = self._settings.integer
        # Only log.segment.delete.delay.ms can be changed in a running broker.
        checkpoint_ms = integer("log.flush.offset.checkpoint.interval.ms")
        retention_ms = integer("log.retention.check.interval.ms")
        producers_ms = integer("producer.id.expiration.check.interval.ms")
        self._every(lambda: checkpoint_ms, "checkpoint", self._checkpoint)
        self._every(lambda: retention_ms, "retention", self._apply_retention)
        self._every(lambda: max(integer("log.segment.delete.delay.ms"), 1000), "purge", self._purge)
        self._every(lambda: producers_ms, "producer expiry", self.expire_producers)

    def _every(self, interval_ms: Callable[[], int], name: str, task: Callable[[], None]) -> None:
        initial_delay_ms = self._settings.integer("log.initial.task.delay.ms")
        self._background.every(interval_ms, name, task, initial_delay_ms)

    def checkpoint_soon(self) -> None:
        """After a flush: a moved recovery point helps a restart only when it is written."""
        if not self._checkpoint_is_due:
            self._checkpoint_is_due = True
            self._background.after(CHECKPOINT_DELAY_MS, "checkpoint of a flush", self._checkpoint)

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
            if error is not None:
                log.warning("deleted files could not be removed; they are tried again: %s", error)

        self._worker.submit(self._log_dir.purge, purged)

    def _apply_retention(self) -> None:
        def apply(partition: Partition) -> None:
            # Compacted logs are the cleaner's, as in Kafka.
            if not partition.deleted and "compact" not in partition.log.config.cleanup_policy:
                partition.log.apply_retention(self._clock.now_ms(), partition.high_watermark)

        self._background.visit("retention", self._partitions(), apply)

    def expire_producers(self) -> None:
        """Also called at the start: Kafka does not load expired ones from snapshots."""
        expiration_ms = self._settings.integer("producer.id.expiration.ms")

        def expire(partition: Partition) -> None:
            if not partition.deleted:
                partition.log.expire_producers(self._clock.now_ms(), expiration_ms)

        self._background.visit("producer expiry", self._partitions(), expire)
