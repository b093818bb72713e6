"""ListOffsets: the offset for a timestamp, or for one of the special ones.

-1 latest, -2 earliest, -3 that of the greatest timestamp (v7), -4 earliest local (v8), -5 latest
tiered (v9), -6 earliest pending upload (v11). Tiers are left out: -5 and -6 answer -1. v0 of the
protocol is gone since Kafka 4.0.
"""

from __future__ import annotations

from collections import Counter

from kbroker.context import RequestContext
from kbroker.replicas.partition import Partition
from kbroker.replicas.partition_read import READ_COMMITTED, check_isolation_level
from kbroker.replicas.storage_errors import REFUSALS, error_code
from wire.errors import ErrorCode, KafkaError
from wire.messages.list_offsets import (
    ListOffsetsPartition,
    ListOffsetsPartitionResponse,
    ListOffsetsRequest,
    ListOffsetsResponse,
    ListOffsetsTopicResponse,
)

LATEST, EARLIEST, MAX_TIMESTAMP, EARLIEST_LOCAL, LATEST_TIERED, EARLIEST_PENDING_UPLOAD = (
    -1, -2, -3, -4, -5, -6,
)  # fmt: skip
SINCE = {
    LATEST: 0,
    EARLIEST: 0,
    MAX_TIMESTAMP: 7,
    EARLIEST_LOCAL: 8,
    LATEST_TIERED: 9,
    EARLIEST_PENDING_UPLOAD: 11,
}
NEVER = 1 << 15
UNKNOWN = -1

# (timestamp, offset, leader epoch)
Found = tuple[int, int, int]
NOTHING: Found = (UNKNOWN, UNKNOWN, UNKNOWN)


def handle(ctx: RequestContext, request: ListOffsetsRequest) -> ListOffsetsResponse:
    check_isolation_level(request.isolation_level)
    mentions = Counter(
        (topic.name, partition.partition_index)
        for topic in request.topics
        for partition in topic.partitions
    )
    # Each topic and each partition once, and no topic without any, as in Kafka's maps.
    topics: dict[str, dict[int, ListOffsetsPartitionResponse]] = {}
    for topic in request.topics:
        for wanted in topic.partitions:
            answers = topics.setdefault(topic.name, {})
            answers[wanted.partition_index] = (
                _failed(wanted, ErrorCode.INVALID_REQUEST)
                if mentions[topic.name, wanted.partition_index] > 1
                else _look_up(ctx, topic.name, wanted, request)
            )
    return ListOffsetsResponse(
        topics=[
            ListOffsetsTopicResponse(name=name, partitions=list(answers.values()))
            for name, answers in topics.items()
        ]
    )


def _look_up(
    ctx: RequestContext, topic: str, wanted: ListOffsetsPartition, request: ListOffsetsRequest
) -> ListOffsetsPartitionResponse:
    if wanted.timestamp < 0 and SINCE.get(wanted.timestamp, NEVER) > ctx.api_version:
        return _failed(wanted, ErrorCode.UNSUPPORTED_VERSION)
    partition = ctx.node.replicas.find(topic, wanted.partition_index)
    if partition is None:
        return _failed(wanted, ErrorCode.UNKNOWN_TOPIC_OR_PARTITION)
    try:
        partition.check_leader_epoch(wanted.current_leader_epoch)
        timestamp, offset, leader_epoch = _find(
            partition, wanted.timestamp, request.isolation_level
        )
    except KafkaError as error:
        return _failed(wanted, error.code)
    except REFUSALS as error:
        return _failed(wanted, error_code(error))
    return ListOffsetsPartitionResponse(
        partition_index=wanted.partition_index,
        error_code=0,
        timestamp=timestamp,
        offset=offset,
        leader_epoch=leader_epoch,
    )


def _find(partition: Partition, timestamp: int, isolation_level: int) -> Found:
    log = partition.log
    committed = isolation_level == READ_COMMITTED
    end_offset = partition.last_stable_offset if committed else partition.high_watermark
    if timestamp == LATEST:
        return UNKNOWN, end_offset, partition.leader_epoch
    if timestamp in (EARLIEST, EARLIEST_LOCAL):
        start = log.log_start_offset
        epoch = log.epoch_for_offset(start)
        if start == log.log_end_offset:
            epoch = partition.leader_epoch  # nothing is there yet; what comes will have this one
        return UNKNOWN, start, UNKNOWN if epoch is None else epoch
    if timestamp in (LATEST_TIERED, EARLIEST_PENDING_UPLOAD):
        return NOTHING
    if timestamp == MAX_TIMESTAMP:
        greatest = log.offset_of_max_timestamp()
        if greatest is None or greatest[0] >= end_offset:
            return NOTHING
        return greatest[1], greatest[0], greatest[2]
    found = log.offset_for_timestamp(timestamp, end_offset)
    if found is None:
        return NOTHING
    offset, found_timestamp = found
    epoch = log.epoch_for_offset(offset)
    return found_timestamp, offset, UNKNOWN if epoch is None else epoch


def _failed(wanted: ListOffsetsPartition, code: ErrorCode) -> ListOffsetsPartitionResponse:
    return ListOffsetsPartitionResponse(
        partition_index=wanted.partition_index, error_code=code, old_style_offsets=[]
    )


def error_response(request: ListOffsetsRequest, code: ErrorCode) -> ListOffsetsResponse:
    return ListOffsetsResponse(
        topics=[
            ListOffsetsTopicResponse(
                name=topic.name,
                partitions=[_failed(wanted, code) for wanted in topic.partitions],
            )
            for topic in request.topics
        ]
    )
