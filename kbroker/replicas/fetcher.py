"""Reading for one Fetch request: its limits over all partitions, and waiting for enough bytes."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from kbroker.pending import Pending
from kbroker.replicas.fetch_sessions import FetchedPartition
from kbroker.replicas.partition import NO_EPOCH, Partition
from kbroker.replicas.storage_errors import REFUSALS, error_code
from wire.errors import ErrorCode, KafkaError
from wire.messages.fetch import (
    AbortedTransaction,
    EpochEndOffset,
    FetchPartition,
    FetchResponse,
    PartitionData,
)

READ_UNCOMMITTED = 0
READ_COMMITTED = 1

Results = list[tuple[FetchedPartition, PartitionData]]


def check_isolation_level(level: int) -> None:
    """Raises KafkaError(UNKNOWN_SERVER_ERROR), as Kafka does for a level that does not exist."""
    if level not in (READ_UNCOMMITTED, READ_COMMITTED):
        raise KafkaError(ErrorCode.UNKNOWN_SERVER_ERROR)


def failed(index: int, code: ErrorCode) -> PartitionData:
    """A partition that cannot be read; every offset in it is unknown (-1)."""
    return PartitionData(partition_index=index, error_code=code, high_watermark=-1, records=b"")


def _failed_read(index: int, code: ErrorCode) -> PartitionData:
    """As Kafka answers when it got as far as reading: without a list of aborted transactions."""
    data = failed(index, code)
    data.aborted_transactions = None
    return data


class Fetcher:
    """Reads the partitions of one request, as often as it takes (Kafka's DelayedFetch).

    ``respond`` makes the answer of the results; ``pending`` takes it when it comes late.
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
        respond: Callable[[Results], FetchResponse],
    ) -> None:
        self._partitions = partitions
        self._max_bytes = max_bytes
        self._min_bytes = min(min_bytes, max_bytes)
        self._isolation_level = isolation_level
        self._by_follower = by_follower
        self._respond = respond
        self.pending: Pending[FetchResponse] = Pending()

    @property
    def abandoned(self) -> bool:
        return self.pending.abandoned

    def attempt(self, at_once: bool) -> FetchResponse | None:
        """The answer, if there are enough bytes, or an error or divergence that should not wait."""
        results: Results = []
        remaining, byte_count, urgent = self._max_bytes, 0, at_once
        for fetched in self._partitions:
            data = self._read(fetched, remaining, byte_count == 0)
            size = len(data.records)
            byte_count += size
            remaining = max(0, remaining - size)
            urgent = urgent or data.error_code != 0 or data.diverging_epoch.epoch >= 0
            results.append((fetched, data))
        if urgent or byte_count >= self._min_bytes or any(map(self._ends_early, results)):
            return self._respond(results)
        return None

    def _ends_early(self, result: tuple[FetchedPartition, PartitionData]) -> bool:
        """More would not come by waiting: the offset lies in a segment that is full (case G of
        Kafka's DelayedFetch)."""
        fetched, data = result
        assert fetched.hosted is not None
        committed = self._isolation_level == READ_COMMITTED
        end_offset = data.last_stable_offset if committed else data.high_watermark
        return fetched.hosted.log.is_on_older_segment(fetched.wanted.fetch_offset, end_offset)

    def try_complete(self) -> bool:
        response = self.attempt(at_once=False)
        if response is not None:
            self.pending.complete(response)
        return response is not None

    def expire(self) -> None:
        response = self.attempt(at_once=True)
        assert response is not None
        self.pending.complete(response)

    def _read(self, fetched: FetchedPartition, remaining: int, first: bool) -> PartitionData:
        partition, wanted = fetched.hosted, fetched.wanted
        assert partition is not None
        if partition.deleted:
            return _failed_read(fetched.index, ErrorCode.UNKNOWN_TOPIC_OR_PARTITION)
        if self._by_follower:
            return _failed_read(fetched.index, ErrorCode.NOT_LEADER_OR_FOLLOWER)
        try:
            return read_partition(partition, wanted, remaining, first, self._isolation_level)
        except KafkaError as error:
            return _failed_read(fetched.index, error.code)
        except REFUSALS as error:
            return _failed_read(fetched.index, error_code(error))


def read_partition(
    partition: Partition,
    wanted: FetchPartition,
    remaining: int,
    first: bool,
    isolation_level: int,
) -> PartitionData:
    """What a consumer gets of one partition: at most ``remaining`` bytes, but a whole batch in any
    case when it would be the ``first`` of the answer (KIP-74).

    Raises KafkaError for a wrong leader epoch or limit, and what ``PartitionLog.read`` raises.
    """
    # Any negative epoch stands for none here, while ListOffsets takes only -1 for that.
    partition.check_leader_epoch(max(wanted.current_leader_epoch, NO_EPOCH))
    log = partition.log
    stable_offset = partition.last_stable_offset
    committed = isolation_level == READ_COMMITTED
    data = PartitionData(
        partition_index=wanted.partition,
        error_code=0,
        high_watermark=partition.high_watermark,
        last_stable_offset=stable_offset,
        log_start_offset=log.log_start_offset,
        aborted_transactions=[] if committed else None,
        records=b"",
    )
    if wanted.last_fetched_epoch > NO_EPOCH:
        data.diverging_epoch = _divergence(partition, wanted)
        if data.diverging_epoch.epoch >= 0:
            data.aborted_transactions = None
            return data
    end_offset = stable_offset if committed else partition.high_watermark
    limit = min(wanted.partition_max_bytes, remaining)
    found = log.read(wanted.fetch_offset, max(limit, 0), end_offset=end_offset, min_one_batch=first)
    if limit < 0 and wanted.fetch_offset < end_offset:
        # Only where there is something to read does Kafka find out.
        raise KafkaError(ErrorCode.UNKNOWN_SERVER_ERROR)
    if found.first_entry_incomplete:
        if limit > 0:  # else Kafka does not even look; this ReplicaManager replaces by nothing
            data.aborted_transactions = None
    elif found.records is not None:
        data.records = found.records
        if committed:
            data.aborted_transactions = [
                AbortedTransaction(producer_id=one.producer_id, first_offset=one.first_offset)
                for one in log.aborted_transactions(found.start_offset, log.bound_of(found))
            ]
    return data


def _divergence(partition: Partition, wanted: FetchPartition) -> EpochEndOffset:
    """Where the client's log parts from ours, by the epoch it read last (KIP-595)."""
    found = partition.end_offset_for_epoch(wanted.last_fetched_epoch)
    if found is None or wanted.fetch_offset < partition.log.log_start_offset:
        raise KafkaError(ErrorCode.OFFSET_OUT_OF_RANGE)
    epoch, end_offset = found
    if epoch < wanted.last_fetched_epoch or end_offset < wanted.fetch_offset:
        return EpochEndOffset(epoch=epoch, end_offset=end_offset)
    return _NO_DIVERGENCE


_NO_DIVERGENCE = EpochEndOffset()
