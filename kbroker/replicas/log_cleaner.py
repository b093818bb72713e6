"""Compacts logs, the dirtiest first, one at a time (Kafka's LogCleaner and LogCleanerManager)."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable

from kbroker.background import Background
from kbroker.clock import Clock
from kbroker.replicas.durability import Worker
from kbroker.replicas.partition import Partition
from kbroker.settings.broker_settings import BrokerSettings
from storage import Cleanable, Cleaning, LogStore, StorageError
from wire.integers import MAX_INT32

log = logging.getLogger("kbroker")

BYTES_PER_KEY = 24  # in Kafka's map; it decides how many keys one cleaning looks at


class LogCleaner:
    """``worker`` is for the cleanings alone: one may take minutes."""

    __slots__ = (
        "_background", "_clock", "_log_dir", "_partitions", "_settings", "_uncleanable", "_worker",
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
        self._uncleanable: set[Partition] = set()  # a cleaning of them has failed

    def start(self) -> None:
        if self._settings.flag("log.cleaner.enable"):
            self._look_after(0)

    def _look_after(self, delay_ms: float) -> None:
        self._background.after(delay_ms, "log cleaner", self._look)

    def _look(self) -> None:
        self._uncleanable = {one for one in self._uncleanable if not one.deleted}
        due = dict(self._due())
        if due:
            dirtiest = max(due, key=lambda partition: due[partition].dirty_ratio)
            self._begin(dirtiest, due[dirtiest])
        else:
            self._rest()

    def _rest(self, delay_ms: float | None = None) -> None:
        backoff_ms = self._settings.integer("log.cleaner.backoff.ms")
        self._look_after(backoff_ms if delay_ms is None else delay_ms)
        self._apply_retention()

    def _compacted(self) -> Iterable[Partition]:
        return (
            partition
            for partition in self._partitions()
            if "compact" in partition.log.config.cleanup_policy
            and partition not in self._uncleanable
        )

    def _due(self) -> Iterable[tuple[Partition, Cleanable]]:
        now_ms = self._clock.now_ms()
        for partition in self._compacted():
            found = partition.log.cleanable(partition.high_watermark, now_ms)
            if found is not None and found.is_due(partition.log.config):
                yield partition, found

    def _begin(self, partition: Partition, found: Cleanable) -> None:
        buffer_bytes = min(
            self._settings.integer("log.cleaner.dedupe.buffer.size")
            // max(self._settings.integer("log.cleaner.threads"), 1),
            MAX_INT32,
        )
        load_factor = self._settings.number("log.cleaner.io.buffer.load.factor")
        most_keys = int(buffer_bytes // BYTES_PER_KEY * load_factor)
        rate = self._settings.number("log.cleaner.io.max.bytes.per.second")
        cleaning = partition.log.prepare_cleaning(found, most_keys, self._clock.now_ms())
        self._worker.submit(
            lambda: cleaning.run(rate), lambda _error: self._step(partition, cleaning, self._swap)
        )

    def _step(
        self,
        partition: Partition,
        cleaning: Cleaning,
        step: Callable[[Partition, Cleaning], None],
    ) -> None:
        """The next step of a cleaning. After a failure others go on."""
        if partition.deleted:
            self._look_after(0)
            return
        try:
            step(partition, cleaning)
        except StorageError as error:
            log.warning("%s was not cleaned; it is tried again: %s", partition.log.name, error)
            self._rest()
        except Exception:
            log.exception("%s cannot be cleaned, and is left as it is", partition.log.name)
            self._uncleanable.add(partition)
            self._rest()

    def _swap(self, partition: Partition, cleaning: Cleaning) -> None:
        if partition.log.swap_in(cleaning, self._clock.now_ms()):
            self._worker.submit(
                cleaning.sync_names, lambda _error: self._step(partition, cleaning, self._complete)
            )
        else:
            self._rest()

    def _complete(self, partition: Partition, cleaning: Cleaning) -> None:
        if partition.log.complete_cleaning(cleaning):
            self._log_dir.checkpoint_cleaning()
            self._rest(0)
        else:
            self._rest()

    def _apply_retention(self) -> None:
        """Of compacted logs, as Kafka's cleaner does; the others have their own round."""

        def apply(partition: Partition) -> None:
            if not partition.deleted:
                partition.log.apply_retention(self._clock.now_ms(), partition.high_watermark)

        self._background.visit("retention of compacted logs", self._compacted(), apply)
