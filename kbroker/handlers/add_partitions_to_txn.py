"""AddPartitionsToTxn: partitions join a transaction before they are written.

v2 tells PRODUCER_FENCED; v4 is the form of brokers: several transactions at once, also only to ask
whether the partitions are in them (KIP-890). A partition that does not exist keeps all others of
its transaction out.
"""

from __future__ import annotations

from kbroker.context import RequestContext
from kbroker.coordinator.transaction.transaction import RISING_EPOCHS, TopicPartition
from kbroker.coordinator.transaction.transaction_shard import Producer
from kbroker.handlers.fencing import fenced_code
from wire.errors import ErrorCode, KafkaError
from wire.messages.add_partitions_to_txn import (
    AddPartitionsToTxnPartitionResult,
    AddPartitionsToTxnRequest,
    AddPartitionsToTxnResponse,
    AddPartitionsToTxnResult,
    AddPartitionsToTxnTopicResult,
    AddPartitionsToTxnTransaction,
)
from wire.schema import first_version_of

FENCED_SINCE = 2
SEVERAL_SINCE = first_version_of(AddPartitionsToTxnRequest, "transactions")


def handle(ctx: RequestContext, request: AddPartitionsToTxnRequest) -> AddPartitionsToTxnResponse:
    if ctx.api_version >= SEVERAL_SINCE:
        # Of an id that comes twice Kafka adds the topics of the last mention, and answers all
        # mentions with those of the first.
        last = {one.transactional_id: one for one in request.transactions}
        first = {one.transactional_id: one for one in reversed(request.transactions)}
        return AddPartitionsToTxnResponse(
            results_by_transaction=[
                AddPartitionsToTxnResult(
                    transactional_id=one.transactional_id,
                    topic_results=_add(
                        ctx, one, last[one.transactional_id], first[one.transactional_id]
                    ),
                )
                for one in request.transactions
            ]
        )
    wanted = _single(request)
    answers = _add(ctx, wanted, wanted, wanted)
    return AddPartitionsToTxnResponse(results_by_topic_v3_and_below=answers)


def _single(request: AddPartitionsToTxnRequest) -> AddPartitionsToTxnTransaction:
    return AddPartitionsToTxnTransaction(
        transactional_id=request.v3_and_below_transactional_id,
        producer_id=request.v3_and_below_producer_id,
        producer_epoch=request.v3_and_below_producer_epoch,
        topics=request.v3_and_below_topics,
    )


def _add(
    ctx: RequestContext,
    wanted: AddPartitionsToTxnTransaction,
    added: AddPartitionsToTxnTransaction,
    answered: AddPartitionsToTxnTransaction,
) -> list[AddPartitionsToTxnTopicResult]:
    partitions = _partitions(added)
    missing = {one for one in partitions if ctx.node.replicas.find(*one) is None}
    if missing:
        unknown, others = ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, ErrorCode.OPERATION_NOT_ATTEMPTED
        return _results({one: unknown if one in missing else others for one in partitions})
    producer = Producer(wanted.producer_id, wanted.producer_epoch)
    if wanted.verify_only:
        return _results(_verified(ctx, wanted.transactional_id, producer, partitions))
    version = RISING_EPOCHS if ctx.api_version >= SEVERAL_SINCE else 0
    transactions = ctx.node.transactions
    code = ErrorCode.NONE
    try:
        transactions.add_partitions(wanted.transactional_id, producer, partitions, version)
    except KafkaError as error:
        code = fenced_code(error.code, ctx.api_version >= FENCED_SINCE)
    return _as_asked(answered, code)


def _verified(
    ctx: RequestContext, transactional_id: str, producer: Producer, partitions: list[TopicPartition]
) -> dict[TopicPartition, ErrorCode]:
    try:
        absent = ctx.node.transactions.missing_partitions(transactional_id, producer, partitions)
    except KafkaError as error:
        return dict.fromkeys(partitions, error.code)
    no, yes = ErrorCode.TRANSACTION_ABORTABLE, ErrorCode.NONE
    return {one: no if one in absent else yes for one in partitions}


def _partitions(wanted: AddPartitionsToTxnTransaction) -> list[TopicPartition]:
    return [(topic.name, index) for topic in wanted.topics for index in topic.partitions]


def _results(codes: dict[TopicPartition, ErrorCode]) -> list[AddPartitionsToTxnTopicResult]:
    """What each partition is answered: a topic and a partition come once."""
    topics: dict[str, list[AddPartitionsToTxnPartitionResult]] = {}
    for (topic, index), code in codes.items():
        topics.setdefault(topic, []).append(_result(index, code))
    return [
        AddPartitionsToTxnTopicResult(name=topic, results_by_partition=results)
        for topic, results in topics.items()
    ]


def _as_asked(
    wanted: AddPartitionsToTxnTransaction, code: ErrorCode
) -> list[AddPartitionsToTxnTopicResult]:
    """The same for all, which come as often as they are asked for."""
    return [
        AddPartitionsToTxnTopicResult(
            name=topic.name,
            results_by_partition=[_result(index, code) for index in topic.partitions],
        )
        for topic in wanted.topics
    ]


def _result(index: int, code: ErrorCode) -> AddPartitionsToTxnPartitionResult:
    return AddPartitionsToTxnPartitionResult(partition_index=index, partition_error_code=code)


def error_response(
    request: AddPartitionsToTxnRequest, code: ErrorCode
) -> AddPartitionsToTxnResponse:
    results = _as_asked(_single(request), code)
    return AddPartitionsToTxnResponse(error_code=code, results_by_topic_v3_and_below=results)
