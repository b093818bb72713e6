"""OffsetForLeaderEpoch: where a leader epoch ended in the log (KIP-101, KIP-320).

Consumers ask before they go on under a new leader; an end before their position means that
records they have read are gone.
"""

from __future__ import annotations

from kbroker.context import RequestContext
from wire.errors import ErrorCode, KafkaError
from wire.messages.offset_for_leader_epoch import (
    EpochEndOffset,
    OffsetForLeaderEpochRequest,
    OffsetForLeaderEpochResponse,
    OffsetForLeaderPartition,
    OffsetForLeaderTopicResult,
)


def handle(
    ctx: RequestContext, request: OffsetForLeaderEpochRequest
) -> OffsetForLeaderEpochResponse:
    return OffsetForLeaderEpochResponse(
        topics=[
            OffsetForLeaderTopicResult(
                topic=topic.topic,
                partitions=[_look_up(ctx, topic.topic, wanted) for wanted in topic.partitions],
            )
            for topic in request.topics
        ]
    )


def _look_up(ctx: RequestContext, topic: str, wanted: OffsetForLeaderPartition) -> EpochEndOffset:
    partition = ctx.node.replicas.find(topic, wanted.partition)
    if partition is None:
        return _failed(wanted, ErrorCode.UNKNOWN_TOPIC_OR_PARTITION)
    try:
        partition.check_leader_epoch(wanted.current_leader_epoch)
    except KafkaError as error:
        return _failed(wanted, error.code)
    found = partition.end_offset_for_epoch(wanted.leader_epoch)
    if found is None:
        return EpochEndOffset(error_code=0, partition=wanted.partition)
    epoch, end_offset = found
    return EpochEndOffset(
        error_code=0, partition=wanted.partition, leader_epoch=epoch, end_offset=end_offset
    )


def _failed(wanted: OffsetForLeaderPartition, code: ErrorCode) -> EpochEndOffset:
    return EpochEndOffset(error_code=code, partition=wanted.partition)


def error_response(
    request: OffsetForLeaderEpochRequest, code: ErrorCode
) -> OffsetForLeaderEpochResponse:
    return OffsetForLeaderEpochResponse(
        topics=[
            OffsetForLeaderTopicResult(
                topic=topic.topic,
                partitions=[_failed(wanted, code) for wanted in topic.partitions],
            )
            for topic in request.topics
        ]
    )
