"""Commit and abort markers, which end transactions in their partitions (KIP-98)."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from kbroker.clock import Clock
from kbroker.coordinator.group.coordinator import GroupCoordinator
from kbroker.metadata.image import CONSUMER_OFFSETS
from kbroker.replicas.partition import Partition
from kbroker.replicas.replica_manager import ReplicaManager
from kbroker.replicas.storage_errors import REFUSALS, error_code
from storage import AppendOrigin
from wire.errors import ErrorCode, KafkaError
from wire.records.control import EndTransactionMarker

# The partition was deleted, or has this marker already from before a crash.
_NOTHING_TO_END = frozenset(
    {ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, ErrorCode.INVALID_PRODUCER_EPOCH}
)

# As the requests of Kafka's TransactionMarkerChannelManager.
TIMEOUT_MS = 30_000


class TransactionMarkers:
    """Appends markers, and tells the groups of those in ``__consumer_offsets``."""

    __slots__ = ("_clock", "_groups", "_replicas")

    def __init__(self, replicas: ReplicaManager, groups: GroupCoordinator, clock: Clock) -> None:
        self._replicas = replicas
        self._groups = groups
        self._clock = clock

    def write(
        self,
        partition: tuple[str, int],
        marker: EndTransactionMarker,
        producer_id: int,
        producer_epoch: int,
        version: int,
    ) -> Partition:
        """Ends the producer's transaction in one partition; ``version`` is KIP-890's.

        Raises KafkaError: UNKNOWN_TOPIC_OR_PARTITION, and the code of a refused append.
        """
        found = self._replicas.find(*partition)
        if found is None:
            raise KafkaError(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION)
        now_ms = self._clock.now_ms()
        batch = marker.batch(producer_id, producer_epoch, now_ms)
        try:
            found.append(batch, now_ms, AppendOrigin.COORDINATOR, version)
        except REFUSALS as error:
            raise KafkaError(error_code(error), str(error)) from error
        topic, index = partition
        if topic == CONSUMER_OFFSETS:
            self._groups.transaction_ended(index, producer_id, marker.is_commit)
        return found

    def write_all(
        self,
        partitions: Iterable[tuple[str, int]],
        marker: EndTransactionMarker,
        producer_id: int,
        producer_epoch: int,
        version: int,
        done: Callable[[ErrorCode], None],
    ) -> None:
        """Ends the producer's transaction in all partitions.

        ``done`` is called when every marker is committed, or with the code of one that is not.
        """
        written: list[Partition] = []
        for partition in partitions:
            try:
                written.append(self.write(partition, marker, producer_id, producer_epoch, version))
            except KafkaError as error:
                if error.code not in _NOTHING_TO_END:
                    done(error.code)
                    return
        self._replicas.when_all_committed(
            written,
            TIMEOUT_MS,
            lambda failed: done(
                next(
                    (code for code in failed.values() if code not in _NOTHING_TO_END),
                    ErrorCode.NONE,
                )
            ),
        )
