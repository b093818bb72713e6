"""DeleteRecords: moves the start of partitions' logs; the answer has the new starts.

-1 stands for the high watermark, that is everything.
"""

from __future__ import annotations

from kbroker.context import RequestContext
from kbroker.metadata.image import INTERNAL_TOPICS
from kbroker.replicas.storage_errors import REFUSALS, error_code
from wire.errors import ErrorCode, KafkaError
from wire.messages.delete_records import (
    DeleteRecordsPartitionResult,
    DeleteRecordsRequest,
    DeleteRecordsResponse,
    DeleteRecordsTopicResult,
)

NO_LOW_WATERMARK = -1


def handle(ctx: RequestContext, request: DeleteRecordsRequest) -> DeleteRecordsResponse:
    wanted: dict[str, dict[int, int]] = {}
    for topic in request.topics:
        offsets = wanted.setdefault(topic.name, {})
        offsets.update({one.partition_index: one.offset for one in topic.partitions})
    return DeleteRecordsResponse(
        topics=[
            DeleteRecordsTopicResult(
                name=name,
                partitions=[_delete(ctx, name, index, offsets[index]) for index in offsets],
            )
            for name, offsets in wanted.items()
            if offsets
        ]
    )


def _delete(
    ctx: RequestContext, topic: str, index: int, offset: int
) -> DeleteRecordsPartitionResult:
    partition = ctx.node.replicas.find(topic, index)
    if partition is None:
        return _result(index, ErrorCode.UNKNOWN_TOPIC_OR_PARTITION)
    if topic in INTERNAL_TOPICS:
        return _result(index, ErrorCode.INVALID_TOPIC_EXCEPTION)
    try:
        return _result(index, ErrorCode.NONE, partition.delete_records(offset))
    except KafkaError as error:
        return _result(index, error.code)
    except REFUSALS as error:
        return _result(index, error_code(error))


def _result(
    index: int, code: ErrorCode, low_watermark: int = NO_LOW_WATERMARK
) -> DeleteRecordsPartitionResult:
    return DeleteRecordsPartitionResult(
        partition_index=index, low_watermark=low_watermark, error_code=code
    )


def error_response(request: DeleteRecordsRequest, code: ErrorCode) -> DeleteRecordsResponse:
    return DeleteRecordsResponse(
        topics=[
            DeleteRecordsTopicResult(
                name=topic.name,
                partitions=[_result(one.partition_index, code) for one in topic.partitions],
            )
            for topic in request.topics
        ]
    )
