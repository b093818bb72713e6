"""How partitions get to know of the ends of transactions: commit and abort markers (KIP-98)."""

from __future__ import annotations

from kbroker.clock import Clock
from kbroker.coordinator.group.coordinator import GroupCoordinator
from kbroker.metadata.image import CONSUMER_OFFSETS
from kbroker.replicas.replica_manager import ReplicaManager
from kbroker.replicas.storage_errors import REFUSALS, error_code
from storage import AppendOrigin
from wire.errors import ErrorCode, KafkaError
from wire.records.control import EndTransactionMarker


class TransactionMarkers:
    """Appends markers; the groups hear of those that decide about committed offsets."""

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
    ) -> None:
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
