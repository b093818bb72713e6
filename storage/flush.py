"""Bringing appended records to the disk, in two halves around a worker thread."""

from __future__ import annotations

from storage.batch_store import StoreFlush
from storage.errors import LogDirFailed
from storage.log_dir_status import LogDirStatus


class FlushPlan:
    """What makes everything before ``end_offset`` of a log survive a power failure.

    Made by ``PartitionLog.prepare_flush``; ``run`` may be called on any thread, and then
    ``PartitionLog.complete_flush`` takes the plan back. Until then what the plan covers counts as
    not flushed, so a plan that was not run does no harm. ``flushed_bytes``
    is what will have been flushed since the log was opened.
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
        """Syncs. Raises LogDirFailed; the directory has failed then, whatever the reason, because
        the kernel may drop what it could not write, and a second sync would not tell."""
        self._status.check()
        try:
            self.store_flush.run()
        except OSError as error:
            failure = LogDirFailed(f"flushing {self._name}: {error}")
            self._status.fail(failure)
            raise failure from error
