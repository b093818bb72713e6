"""Compacts logs, the dirtiest first, one at a time (Kafka's LogCleaner and LogCleanerManager)."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

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
        "_background", "_clock", "_failed", "_log_dir", "_partitions", "_running", "_settings",
        "_uncleanable", "_worker",
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
        self._running: Partition | None = None
        self._failed: Partition | None = None  # it is tried again, but after the others
        self._uncleanable: set[Partition] = set()

    def start(self) -> None:
        if self._settings.flag("log.cleaner.enable"):
            self._look_after(0)

    def close(self) -> None:
        """Called when the worker has stopped, and before the logs are closed."""
        if self._running is not None and not self._running.deleted:
            self._running.log.abandon_cleaning()

    # -- which log is next -----------------------------------------------------------------------

    def _look_after(self, delay_ms: float) -> None:
        self._background.after(delay_ms, "log cleaner", self._look)

    def _look(self) -> None:
        self._uncleanable = {one for one in self._uncleanable if not one.deleted}
        due = dict(self._due())
        if due:
            dirtiest = max(due, key=lambda one: (one is not self._failed, due[one].dirty_ratio))
            self._begin(dirtiest, due[dirtiest])
        else:
            self._rest()

    def _rest(self) -> None:
        self._end(self._settings.integer("log.cleaner.backoff.ms"))

    def _end(self, delay_ms: float) -> None:
        """Nothing is cleaned now; the next look comes after so long."""
        self._running = None
        self._look_after(delay_ms)
        self._background.visit("retention of compacted logs", self._compacted(), self._retain)

    def _compacted(self) -> Iterable[Partition]:
        return (
            partition
            for partition in self._partitions()
            if "compact" in partition.log.config.cleanup_policy
            and partition not in self._uncleanable
        )

    def _retain(self, partition: Partition) -> None:
        """Of compacted logs, as Kafka's cleaner does; the others have their own round."""
        if not partition.deleted:
            partition.log.apply_retention(self._clock.now_ms(), partition.high_watermark)

    def _due(self) -> Iterator[tuple[Partition, Cleanable]]:
        now_ms = self._clock.now_ms()
        for partition in list(self._compacted()):
            found = None
            with self._noted(partition):
                found = partition.log.cleanable(partition.high_watermark, now_ms)
            if found is not None and found.is_due(partition.log.config):
                yield partition, found

    # -- the steps of a cleaning -----------------------------------------------------------------

    def _begin(self, partition: Partition, found: Cleanable) -> None:
        rate = self._settings.number("log.cleaner.io.max.bytes.per.second")
        with self._noted(partition):
            cleaning = partition.log.prepare_cleaning(
                found, self._most_keys(), self._clock.now_ms()
            )
            self._running = partition
            self._then(partition, cleaning, lambda: cleaning.run(rate), self._swap)
            return
        self._rest()

    def _most_keys(self) -> int:
        buffer_bytes = min(
            self._settings.integer("log.cleaner.dedupe.buffer.size")
            // max(self._settings.integer("log.cleaner.threads"), 1),
            MAX_INT32,
        )
        load_factor = self._settings.number("log.cleaner.io.buffer.load.factor")
        return int(buffer_bytes // BYTES_PER_KEY * load_factor)

    def _then(
        self,
        partition: Partition,
        cleaning: Cleaning,
        call: Callable[[], None],
        step: Callable[[Partition, Cleaning], None],
    ) -> None:
        """Lets the worker do ``call``, and then does ``step``, unless the topic was deleted."""

        def go_on(_error: Exception | None) -> None:
            if partition.deleted:
                self._end(0)
                return
            with self._noted(partition):
                step(partition, cleaning)
                return
            self._rest()

        self._worker.submit(call, go_on)

    def _swap(self, partition: Partition, cleaning: Cleaning) -> None:
        if partition.log.swap_in(cleaning, self._clock.now_ms()):
            self._then(partition, cleaning, cleaning.sync_names, self._complete)
        else:
            self._rest()

    def _complete(self, partition: Partition, cleaning: Cleaning) -> None:
        self._failed = None
        if partition.log.complete_cleaning(cleaning):
            self._log_dir.checkpoint_cleaning()
            self._end(0)
        else:
            self._rest()

    @contextmanager
    def _noted(self, partition: Partition) -> Iterator[None]:
        """A failure with one log keeps no other from being cleaned."""
        try:
            yield
        except StorageError as error:
            log.warning("%s was not cleaned; it is tried again: %s", partition.log.name, error)
            self._failed = partition
        except Exception:
            log.exception("%s cannot be cleaned, and is left as it is", partition.log.name)
            self._uncleanable.add(partition)
