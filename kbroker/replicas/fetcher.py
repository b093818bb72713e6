"""Reading for one Fetch request: its limits over all partitions, and waiting for enough bytes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from kbroker.pending import Pending
from kbroker.replicas.fetch_sessions import FetchedPartition
from kbroker.replicas.partition_read import (
    READ_COMMITTED,
    PartitionRead,
    check_fetched_epoch,
    read_partition,
)
from kbroker.replicas.storage_errors import REFUSALS, error_code
from wire.errors import ErrorCode, KafkaError

Reads = list[tuple[FetchedPartition, PartitionRead]]
R = TypeVar("R")


class Fetcher(Generic[R]):
    """Reads the partitions of one request until it can be answered (Kafka's DelayedFetch).

    ``respond`` makes the answer from the reads; ``pending`` gets it where it comes later.
    """

    __slots__ = (
        "_by_follower", "_isolation_level", "_max_bytes", "_min_bytes",
        "_partitions", "_respond", "pending",
    )  # fmt: skip

    def __init__(
        self,
        partitions: Sequence[FetchedPartition],
        max_bytes: int,
        min_bytes: int,
        isolation_level: int,
        by_follower: bool,
        respond: Callable[[Reads], R],
    ) -> None:
        self._partitions = partitions
        self._max_bytes = max_bytes
        self._min_bytes = min(min_bytes, max_bytes)
        self._isolation_level = isolation_level
        self._by_follower = by_follower
        self._respond = respond
        self.pending: Pending[R] = Pending()

    @property
    def abandoned(self) -> bool:
        return self.pending.abandoned

    def attempt(self, at_once: bool) -> R | None:
        """The answer, where there are enough bytes, an error or a divergence; None to wait."""
        reads: Reads = []
        remaining, byte_count, urgent = self._max_bytes, 0, at_once
        for fetched in self._partitions:
            read = self._read(fetched, remaining, byte_count == 0)
            size = len(read.records)
            byte_count += size
            remaining = max(0, remaining - size)
            urgent = urgent or read.error_code != 0 or read.diverging_epoch is not None
            reads.append((fetched, read))
        if urgent or byte_count >= self._min_bytes or any(map(self._ends_early, reads)):
            return self._respond(reads)
        return None

    def _ends_early(self, result: tuple[FetchedPartition, PartitionRead]) -> bool:
        """Waiting brings no more bytes: the read ends with its segment, which is full (case G of
        Kafka's DelayedFetch)."""
        fetched, read = result
        assert fetched.hosted is not None
        committed = self._isolation_level == READ_COMMITTED
        end_offset = read.last_stable_offset if committed else read.high_watermark
        return fetched.hosted.log.is_on_older_segment(fetched.fetch_offset, end_offset)

    def try_complete(self) -> bool:
        response = self.attempt(at_once=False)
        if response is not None:
            self.pending.complete(response)
        return response is not None

    def expire(self) -> None:
        response = self.attempt(at_once=True)
        assert response is not None
        self.pending.complete(response)

    def _read(self, fetched: FetchedPartition, remaining: int, first: bool) -> PartitionRead:
        partition = fetched.hosted
        assert partition is not None
        if partition.deleted:
            return PartitionRead(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION)
        if fetched.has_other_id:
            return PartitionRead(ErrorCode.INCONSISTENT_TOPIC_ID)
        try:
            if self._by_follower:
                check_fetched_epoch(partition, fetched.current_leader_epoch)
                return PartitionRead(ErrorCode.NOT_LEADER_OR_FOLLOWER)
            return read_partition(
                partition,
                fetched.fetch_offset,
                min(fetched.max_bytes, remaining),
                self._isolation_level,
                fetched.current_leader_epoch,
                fetched.last_fetched_epoch,
                first,
            )
        except KafkaError as error:
            return PartitionRead(error.code)
        except REFUSALS as error:
            return PartitionRead(error_code(error))
