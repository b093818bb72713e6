"""Which batches of a Produce request may not be written in the producer's transaction (KIP-890).

Where the producer has an open transaction in the partition nothing is asked; otherwise the
coordinator takes the partition in, or knows that it is in there, as Kafka's ReplicaManager has it.
"""

from __future__ import annotations

from struct import Struct

from kbroker.context import RequestContext
from kbroker.coordinator.transaction.coordinator import Support
from kbroker.coordinator.transaction.transaction_shard import Producer
from wire.errors import ErrorCode, KafkaError
from wire.messages.produce import PartitionProduceData
from wire.records.batch import NO_PRODUCER_ID

ABORTABLE_SINCE = 11
ADDS_PARTITIONS_SINCE = 12
SEVERAL_PRODUCERS_TEXT = "Transactional records contained more than one producer ID"
NOT_ADDED_TEXT = "Partition was not added to the transaction"

# Where a batch has its producer's id and epoch, and its first sequence.
_PRODUCER = Struct(">qhi")
_PRODUCER_POSITION = 43

Place = tuple[str | bytes, int]


def refusals(
    ctx: RequestContext,
    transactional_id: str,
    batches: dict[Place, PartitionProduceData],
) -> dict[Place, KafkaError]:
    """The error of each place that is refused; ``batches`` are the transactional ones.

    Raises KafkaError(INVALID_PRODUCER_ID_MAPPING) when they are not all of one producer.
    """
    support = support_of(ctx.api_version)
    verifies = ctx.node.settings.flag("transaction.partition.verification.enable")
    if support is not Support.PARTITIONS_ADDED_BY_WRITING and not verifies:
        return {}
    producer = _producer(batches)
    if producer is None:
        return {}
    refused: dict[Place, KafkaError] = {}
    asked: dict[tuple[str, int], Place] = {}
    for place, data in batches.items():
        partition = ctx.node.replicas.find(*place)
        if partition is None or partition.has_transaction(producer.producer_id, producer.epoch):
            continue
        if partition.is_epoch_over(producer.producer_id, producer.epoch):
            refused[place] = KafkaError(ErrorCode.INVALID_PRODUCER_EPOCH)
        else:
            sequence = _PRODUCER.unpack_from(data.records, _PRODUCER_POSITION)[2]
            partition.log.announce(
                producer.producer_id,
                producer.epoch,
                sequence,
                starts_at_0=support is Support.PARTITIONS_ADDED_BY_WRITING,
                now_ms=ctx.node.clock.now_ms(),
            )
            asked[partition.log.topic, place[1]] = place
    if asked:
        admitted = ctx.node.transactions.admit(transactional_id, producer, asked, support)
        refused |= {asked[found]: refusal(code, support) for found, code in admitted.items()}
    return refused


def support_of(api_version: int) -> Support:
    if api_version >= ADDS_PARTITIONS_SINCE:
        return Support.PARTITIONS_ADDED_BY_WRITING
    if api_version >= ABORTABLE_SINCE:
        return Support.ABORTABLE_ERRORS
    return Support.PARTITIONS_ADDED_BEFORE


def _producer(batches: dict[Place, PartitionProduceData]) -> Producer | None:
    headers = [_PRODUCER.unpack_from(data.records, _PRODUCER_POSITION) for data in batches.values()]
    found = {(header[0], header[1]) for header in headers if header[0] != NO_PRODUCER_ID}
    if len(found) > 1:
        raise KafkaError(ErrorCode.INVALID_PRODUCER_ID_MAPPING, SEVERAL_PRODUCERS_TEXT)
    return Producer(*found.pop()) if found else None


def refusal(code: ErrorCode, support: Support) -> KafkaError:
    """In the form that makes the client do the right thing: try again, or give up."""
    if code is ErrorCode.INVALID_TXN_STATE:
        return KafkaError(code, NOT_ADDED_TEXT)
    is_passing = code in (ErrorCode.NOT_COORDINATOR, ErrorCode.COORDINATOR_NOT_AVAILABLE) or (
        code is ErrorCode.CONCURRENT_TRANSACTIONS
        and support is not Support.PARTITIONS_ADDED_BY_WRITING
    )
    if is_passing:
        return KafkaError(
            ErrorCode.NOT_ENOUGH_REPLICAS,
            "Unable to verify the partition has been added to the transaction. "
            f"Underlying error: {code.name}",
        )
    return KafkaError(code)
