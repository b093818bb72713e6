"""TxnOffsetCommit: offsets that count once the producer's transaction commits.

v3 checks the group's member and generation (KIP-447). v5 takes the offsets partition into the
transaction by itself; before, it must be in there (KIP-890).
"""

from __future__ import annotations

from operator import attrgetter

from kbroker.context import RequestContext
from kbroker.coordinator.transaction.coordinator import Support
from kbroker.coordinator.transaction.transaction_shard import Producer
from kbroker.handlers.topic_partitions import one_per_topic, split_existing
from kbroker.held_answers import Answer
from kbroker.metadata.image import CONSUMER_OFFSETS
from wire.errors import ErrorCode, KafkaError
from wire.messages.txn_offset_commit import (
    TxnOffsetCommitRequest,
    TxnOffsetCommitRequestPartition,
    TxnOffsetCommitRequestTopic,
    TxnOffsetCommitResponse,
    TxnOffsetCommitResponsePartition,
    TxnOffsetCommitResponseTopic,
)

ABORTABLE_SINCE = 4
ADDS_PARTITION_SINCE = 5
_name = attrgetter("name")


def handle(ctx: RequestContext, request: TxnOffsetCommitRequest) -> Answer[TxnOffsetCommitResponse]:
    known: list[TxnOffsetCommitRequestTopic] = []
    unknown: list[TxnOffsetCommitResponseTopic] = []
    for topic in request.topics:
        image = ctx.node.metadata.image.topic(topic.name)
        there, missing = split_existing(image, topic.partitions)
        if there:
            known.append(TxnOffsetCommitRequestTopic(name=topic.name, partitions=there))
        if missing or image is None:
            unknown.append(_failed(topic.name, missing, ErrorCode.UNKNOWN_TOPIC_OR_PARTITION))

    def answer(committed: list[TxnOffsetCommitResponseTopic]) -> TxnOffsetCommitResponse:
        # As Kafka's TxnOffsetCommitResponse.Builder: the group's answers are merged into others.
        return TxnOffsetCommitResponse(
            topics=one_per_topic(unknown + committed, _name) if unknown else committed
        )

    def refused(code: ErrorCode) -> TxnOffsetCommitResponse:
        return answer([_failed(topic.name, topic.partitions, code) for topic in known])

    def commit() -> TxnOffsetCommitResponse:
        try:
            return answer(ctx.node.groups.commit_offsets_in_transaction(request, known))
        except KafkaError as error:
            return refused(error.code)

    if not known:
        return answer([])
    try:
        _admit(ctx, request)
    except KafkaError as error:
        return refused(error.code)
    return ctx.node.held_answers.after_commit(commit, refused)


def _admit(ctx: RequestContext, request: TxnOffsetCommitRequest) -> None:
    """Takes the group's partition into the transaction, or sees that it is there.

    Raises KafkaError.
    """
    if request.group_id == "":
        raise KafkaError(ErrorCode.INVALID_GROUP_ID)
    index = ctx.node.groups.partition_for(request.group_id)
    offsets = ctx.node.replicas.find(CONSUMER_OFFSETS, index)
    if offsets is None:  # nobody has looked for the group's coordinator yet
        raise KafkaError(ErrorCode.COORDINATOR_NOT_AVAILABLE)
    producer = Producer(request.producer_id, request.producer_epoch)
    if offsets.has_transaction(producer.producer_id, producer.epoch):
        return
    if offsets.is_epoch_over(producer.producer_id, producer.epoch):
        raise KafkaError(ErrorCode.INVALID_PRODUCER_EPOCH)
    support = Support.PARTITIONS_ADDED_BEFORE
    if ctx.api_version >= ADDS_PARTITION_SINCE:
        support = Support.PARTITIONS_ADDED_BY_WRITING
    elif ctx.api_version >= ABORTABLE_SINCE:
        support = Support.ABORTABLE_ERRORS
    partition = CONSUMER_OFFSETS, index
    refused = ctx.node.transactions.admit(request.transactional_id, producer, [partition], support)
    if refused:
        raise KafkaError(refused[partition])


def _failed(
    topic: str, partitions: list[TxnOffsetCommitRequestPartition], code: ErrorCode
) -> TxnOffsetCommitResponseTopic:
    return TxnOffsetCommitResponseTopic(
        name=topic,
        partitions=[
            TxnOffsetCommitResponsePartition(partition_index=one.partition_index, error_code=code)
            for one in partitions
        ],
    )


def error_response(request: TxnOffsetCommitRequest, code: ErrorCode) -> TxnOffsetCommitResponse:
    topics = [_failed(topic.name, topic.partitions, code) for topic in request.topics]
    return TxnOffsetCommitResponse(topics=topics)
