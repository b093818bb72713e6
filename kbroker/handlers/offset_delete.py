"""OffsetDelete: committed offsets of topics that a group no longer reads go (KIP-496).

Partitions that do not exist are answered without asking the group; an error of the group's own is
that of the whole request.
"""

from __future__ import annotations

from operator import attrgetter

from kbroker.context import RequestContext
from kbroker.handlers.topic_partitions import one_per_topic, split_existing
from wire.errors import ErrorCode
from wire.messages.offset_delete import (
    OffsetDeleteRequest,
    OffsetDeleteRequestPartition,
    OffsetDeleteRequestTopic,
    OffsetDeleteResponse,
    OffsetDeleteResponsePartition,
    OffsetDeleteResponseTopic,
)

_name = attrgetter("name")


def handle(ctx: RequestContext, request: OffsetDeleteRequest) -> OffsetDeleteResponse:
    missing: list[OffsetDeleteResponseTopic] = []
    existing: list[OffsetDeleteRequestTopic] = []
    for topic in request.topics:
        image = ctx.node.metadata.image.topic(topic.name)
        valid, absent = split_existing(image, topic.partitions)
        if absent or image is None:
            missing.append(_unknown(topic.name, absent))
        if valid:
            existing.append(OffsetDeleteRequestTopic(name=topic.name, partitions=valid))
    deleted = ctx.node.groups.delete_offsets(request.group_id, existing)
    # As Kafka's OffsetDeleteResponse.Builder: what the group answered is merged into something.
    topics = one_per_topic([*missing, *deleted], _name) if missing else deleted
    return OffsetDeleteResponse(error_code=ErrorCode.NONE, topics=topics)


def _unknown(
    name: str, partitions: list[OffsetDeleteRequestPartition]
) -> OffsetDeleteResponseTopic:
    code = ErrorCode.UNKNOWN_TOPIC_OR_PARTITION
    return OffsetDeleteResponseTopic(
        name=name,
        partitions=[
            OffsetDeleteResponsePartition(partition_index=one.partition_index, error_code=code)
            for one in partitions
        ],
    )


def error_response(request: OffsetDeleteRequest, code: ErrorCode) -> OffsetDeleteResponse:
    return OffsetDeleteResponse(error_code=code, topics=[])
