"""One read of one partition, as a consumer gets it."""

from __future__ import annotations

from kbroker.replicas.partition import NO_EPOCH, Partition
from storage import FileRegion, NotHereYet
from wire.errors import ErrorCode, KafkaError

READ_UNCOMMITTED = 0
READ_COMMITTED = 1


def check_isolation_level(level: int) -> None:
    """Raises KafkaError(UNKNOWN_SERVER_ERROR), as Kafka does for a level that does not exist."""
    if level not in (READ_UNCOMMITTED, READ_COMMITTED):
        raise KafkaError(ErrorCode.UNKNOWN_SERVER_ERROR)


class PartitionRead:
    """What a read found (Kafka's FetchPartitionData). Offsets that are unknown are -1.

    ``aborted_transactions`` are (producer id, first offset); None where the answer has a null list.
    ``diverging_epoch`` is the (epoch, end offset) at which the client's log diverges from ours.
    """

    __slots__ = (
        "aborted_transactions", "diverging_epoch", "error_code", "high_watermark",
        "last_stable_offset", "log_start_offset", "records",
    )  # fmt: skip

    def __init__(
        self,
        error_code: ErrorCode = ErrorCode.NONE,
        high_watermark: int = -1,
        last_stable_offset: int = -1,
        log_start_offset: int = -1,
        aborted_transactions: list[tuple[int, int]] | None = None,
    ) -> None:
        self.error_code = error_code
        self.high_watermark = high_watermark
        self.last_stable_offset = last_stable_offset
        self.log_start_offset = log_start_offset
        self.aborted_transactions = aborted_transactions
        self.diverging_epoch: tuple[int, int] | None = None
        self.records: bytes | FileRegion = b""


def check_fetched_epoch(partition: Partition, current_leader_epoch: int) -> None:
    """Raises KafkaError. Here any negative epoch means none, in ListOffsets only -1."""
    partition.check_leader_epoch(max(current_leader_epoch, NO_EPOCH))


def read_partition(
    partition: Partition,
    fetch_offset: int,
    limit: int,
    isolation_level: int,
    current_leader_epoch: int,
    last_fetched_epoch: int,
    first: bool,
) -> PartitionRead:
    """At most ``limit`` bytes from ``fetch_offset`` on; the ``first`` batch of an answer is always
    whole (KIP-74).

    There are no records while the store still fetches the bytes (storage.NotHereYet). Raises
    KafkaError for a wrong leader epoch or limit, and what ``PartitionLog.read`` raises.
    """
    check_fetched_epoch(partition, current_leader_epoch)
    log = partition.log
    committed = isolation_level == READ_COMMITTED
    high_watermark, stable_offset = partition.high_watermark, partition.last_stable_offset
    read = PartitionRead(
        ErrorCode.NONE,
        high_watermark,
        stable_offset,
        log.log_start_offset,
        [] if committed else None,
    )
    if last_fetched_epoch > NO_EPOCH:
        read.diverging_epoch = _divergence(partition, fetch_offset, last_fetched_epoch)
        if read.diverging_epoch is not None:
            read.aborted_transactions = None
            return read
    end_offset = stable_offset if committed else high_watermark
    try:
        found = log.read(fetch_offset, max(limit, 0), end_offset=end_offset, min_one_batch=first)
        if limit < 0 and fetch_offset < end_offset:
            # Kafka notices a negative limit only where there are records to read.
            raise KafkaError(ErrorCode.UNKNOWN_SERVER_ERROR)
        if found.first_entry_incomplete:
            if limit > 0:  # Kafka's ReplicaManager then answers an empty read, without the list
                read.aborted_transactions = None
        elif found.records is not None:
            if committed:
                read.aborted_transactions = [
                    (one.producer_id, one.first_offset)
                    for one in log.aborted_transactions(found.start_offset, log.bound_of(found))
                ]
            read.records = found.records
    except NotHereYet:
        pass
    return read


def _divergence(
    partition: Partition, fetch_offset: int, last_fetched_epoch: int
) -> tuple[int, int] | None:
    """Where the client's log diverges from ours, by the epoch that it read last (KIP-595)."""
    found = partition.end_offset_for_epoch(last_fetched_epoch)
    if found is None or fetch_offset < partition.log.log_start_offset:
        raise KafkaError(ErrorCode.OFFSET_OUT_OF_RANGE)
    epoch, end_offset = found
    if epoch < last_fetched_epoch or end_offset < fetch_offset:
        return found
    return None
