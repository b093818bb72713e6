"""OffsetDelete: committed offsets of topics that a group no longer reads go (KIP-496).

Partitions that do not exist are answered without asking the group; an error of the group's own is
that of the whole request.
"""

from __future__ import annotations

from collections.abc import Iterable

from kbroker.context import RequestContext
from wire.errors import ErrorCode
from wire.messages.offset_delete import (
    OffsetDeleteRequest,
    OffsetDeleteRequestPartition,
    OffsetDeleteRequestTopic,
    OffsetDeleteResponse,
    OffsetDeleteResponsePartition,
    OffsetDeleteResponseTopic,
)


def handle(ctx: RequestContext, request: OffsetDeleteRequest) -> OffsetDeleteResponse:
    missing: list[OffsetDeleteResponseTopic] = []
    existing: list[OffsetDeleteRequestTopic] = []
    for topic in request.topics:
        image = ctx.node.metadata.image.topic(topic.name)
        count = 0 if image is None else len(image.partitions)
        valid, absent = list[OffsetDeleteRequestPartition](), list[int]()
        for item in topic.partitions:
            if 0 <= item.partition_index < count:
                valid.append(item)
            else:
                absent.append(item.partition_index)
        if absent or image is None:
            missing.append(_unknown(topic.name, absent))
        if valid:
            existing.append(OffsetDeleteRequestTopic(name=topic.name, partitions=valid))
    deleted = ctx.node.groups.delete_offsets(request.group_id, existing)
    # As Kafka's OffsetDeleteResponse.Builder: what the group answered is merged into something.
    topics = _merged([*missing, *deleted]) if missing else deleted
    return OffsetDeleteResponse(error_code=ErrorCode.NONE, topics=topics)


def _unknown(name: str, indexes: list[int]) -> OffsetDeleteResponseTopic:
    code = ErrorCode.UNKNOWN_TOPIC_OR_PARTITION
    return OffsetDeleteResponseTopic(
        name=name,
        partitions=[
            OffsetDeleteResponsePartition(partition_index=index, error_code=code)
            for index in indexes
        ],
    )


def _merged(answers: Iterable[OffsetDeleteResponseTopic]) -> list[OffsetDeleteResponseTopic]:
    """One answer for each topic."""
    by_name: dict[str, OffsetDeleteResponseTopic] = {}
    for answer in answers:
        known = by_name.setdefault(answer.name, answer)
        if known is not answer:
            known.partitions += answer.partitions
    return list(by_name.values())


def error_response(request: OffsetDeleteRequest, code: ErrorCode) -> OffsetDeleteResponse:
    return OffsetDeleteResponse(error_code=code, topics=[])
