"""Syncing appended records: prepared and completed by the loop, run by the worker thread."""

from __future__ import annotations

from storage.batch_store import StoreFlush
from storage.log_dir_status import LogDirStatus


class FlushPlan:
    """What makes everything before ``end_offset`` of a log survive a power failure.

    Made by ``PartitionLog.prepare_flush``. ``run`` may be called on any thread; afterwards the plan
    is given to ``PartitionLog.complete_flush``. Until then what the plan covers counts as not
    flushed, so a plan may be dropped. ``flushed_bytes`` counts from the opening of the log.
    """

    __slots__ = (
        "_name", "_status", "end_offset", "epochs_version", "flushed_bytes", "generation",
        "snapshots_version", "store_flush",
    )  # fmt: skip

    def __init__(
        self,
        name: str,
        status: LogDirStatus,
        store_flush: StoreFlush,
        end_offset: int,
        flushed_bytes: int,
        generation: int,
        epochs_version: int,
        snapshots_version: int,
    ) -> None:
        self._name = name
        self._status = status
        self.store_flush = store_flush
        self.end_offset = end_offset
        self.flushed_bytes = flushed_bytes
        self.generation = generation
        self.epochs_version = epochs_version
        self.snapshots_version = snapshots_version

    def run(self) -> None:
        """Syncs. Raises LogDirFailed: after a failed sync the directory has failed, because the
        kernel may have dropped the data, and a second sync would not report that."""
        self._status.check()
        try:
            self.store_flush.run()
        except OSError as error:
            raise self._status.failure(f"flushing {self._name}", error) from error
