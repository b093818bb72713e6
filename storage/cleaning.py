"""One cleaning of a log: prepared and completed by the loop, run by a thread that may wait."""

from __future__ import annotations

from collections.abc import Callable

from storage.batch_store import BatchStore
from storage.cleaning_job import Cleaned, CleaningJob
from storage.flush import FlushPlan

# Runs a job with at most so many bytes a second. Raises OSError, CorruptBatch, StorageError.
Clean = Callable[[CleaningJob, float], Cleaned]


class Cleaning:
    """Made by ``PartitionLog.prepare_cleaning``. ``run`` and ``sync_names`` may be called on any
    thread. What they raise is kept as ``error``, and raised by the step that follows them."""

    __slots__ = ("_clean", "_job", "_store", "cleaned", "error", "flush", "generation")

    def __init__(
        self,
        store: BatchStore,
        job: CleaningJob,
        clean: Clean,
        flush: FlushPlan | None,
        generation: int,
    ) -> None:
        self._store = store
        self._job = job
        self._clean = clean
        self.flush = flush  # a record that is not on the disk must not replace others
        self.generation = generation
        self.cleaned: Cleaned | None = None
        self.error: Exception | None = None

    def run(self, bytes_per_second: float) -> None:
        """Writes the cleaned segments, and makes them survive a power failure."""
        try:
            if self.flush is not None:
                self.flush.run()
            cleaned = self._clean(self._job, bytes_per_second)
            self._store.stage(cleaned)
        except Exception as error:
            self.error = error
        else:
            self.cleaned = cleaned

    def sync_names(self) -> None:
        """Makes the swap of the segments survive a power failure."""
        try:
            self._store.sync_names()
        except OSError as error:
            self.error = error
