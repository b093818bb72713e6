"""The partitions of an internal topic, as coordinators append to them and read them."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from kbroker.clock import Clock
from kbroker.replicas.commit_waiters import Done
from kbroker.replicas.replica_manager import ReplicaManager
from kbroker.replicas.storage_errors import REFUSALS, error_code
from storage import AppendOrigin
from storage.read_batches import read_batches
from wire.errors import ErrorCode, KafkaError
from wire.records import RecordBatch


class InternalTopicLog:
    __slots__ = ("_clock", "_replicas", "_topic")

    def __init__(self, topic: str, replicas: ReplicaManager, clock: Clock) -> None:
        self._topic = topic
        self._replicas = replicas
        self._clock = clock

    def partition_count(self) -> int:
        return len(self._replicas.partitions_of(self._topic))

    def leader_epoch(self, partition: int) -> int:
        return self._replicas.partitions_of(self._topic)[partition].leader_epoch

    def append(self, partition: int, batch: bytes) -> int:
        """Appends a complete batch; the offset of its first record. Raises KafkaError."""
        found = self._replicas.find(self._topic, partition)
        if found is None:
            raise KafkaError(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION)
        try:
            info = found.append(batch, self._clock.now_ms(), AppendOrigin.COORDINATOR)
        except REFUSALS as error:
            raise KafkaError(error_code(error), str(error)) from error
        return info.first_offset

    def note_uncommitted(
        self, partition: int, timeout_ms: float, code_for: Callable[[ErrorCode], ErrorCode]
    ) -> None:
        """The current answer rests on everything the partition holds now (``UncommittedState``)."""
        found = self._replicas.find(self._topic, partition)
        if found is not None:
            self._replicas.note_uncommitted(found, timeout_ms, code_for)

    def when_committed(self, partition: int, timeout_ms: float, done: Done) -> None:
        """Calls ``done`` when everything the partition holds now is committed: at once if it is,
        with REQUEST_TIMED_OUT after ``timeout_ms``."""
        found = self._replicas.find(self._topic, partition)
        if found is None:
            done(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION)
        else:
            self._replicas.when_all_committed(
                [found], timeout_ms, lambda failed: done(failed.get(found, ErrorCode.NONE))
            )

    def read(self, partition: int) -> Iterator[RecordBatch]:
        found = self._replicas.find(self._topic, partition)
        return iter(()) if found is None else read_batches(found.log)
