"""OffsetFetch: what groups have committed, for some partitions or for all (topics null, v2).

v7 can ask for stable offsets only (KIP-447), v8 takes several groups, v10 names topics by id
(KIP-848). Before v2 an error of the group is given with every partition. The members and epochs
that v9 brings matter to consumer groups (KIP-848) only, which are not served yet.
"""

from __future__ import annotations

from kbroker.context import RequestContext
from wire.errors import ErrorCode, KafkaError
from wire.messages.offset_fetch import (
    OffsetFetchRequest,
    OffsetFetchRequestGroup,
    OffsetFetchRequestTopic,
    OffsetFetchRequestTopics,
    OffsetFetchResponse,
    OffsetFetchResponseGroup,
    OffsetFetchResponsePartition,
    OffsetFetchResponsePartitions,
    OffsetFetchResponseTopic,
    OffsetFetchResponseTopics,
)
from wire.schema import first_version_of
from wire.uuids import ZERO_UUID

GROUP_ERROR_SINCE = first_version_of(OffsetFetchResponse, "error_code")
SEVERAL_GROUPS_SINCE = first_version_of(OffsetFetchRequest, "groups")
TOPIC_IDS_SINCE = first_version_of(OffsetFetchRequestTopics, "topic_id")


def handle(ctx: RequestContext, request: OffsetFetchRequest) -> OffsetFetchResponse:
    if ctx.api_version >= SEVERAL_GROUPS_SINCE:
        return OffsetFetchResponse(
            groups=[_fetch_group(ctx, group, request.require_stable) for group in request.groups]
        )
    group = _fetch_group(ctx, _single_group(request), request.require_stable)
    if ctx.api_version < GROUP_ERROR_SINCE and group.error_code != ErrorCode.NONE:
        topics = _errors_of(request.topics or [], ErrorCode(group.error_code))
        return OffsetFetchResponse(topics=topics)
    return OffsetFetchResponse(
        error_code=group.error_code, topics=[_before_v8(topic) for topic in group.topics]
    )


def error_response(request: OffsetFetchRequest, code: ErrorCode) -> OffsetFetchResponse:
    return OffsetFetchResponse(
        error_code=code,
        topics=_errors_of(request.topics or [], code),
        groups=[
            OffsetFetchResponseGroup(group_id=group.group_id, topics=[], error_code=code)
            for group in request.groups
        ],
    )


def _fetch_group(
    ctx: RequestContext, group: OffsetFetchRequestGroup, require_stable: bool
) -> OffsetFetchResponseGroup:
    try:
        topics = (
            _fetch_all(ctx, group, require_stable)
            if group.topics is None
            else _fetch(ctx, group.group_id, group.topics, require_stable)
        )
    except KafkaError as error:
        return OffsetFetchResponseGroup(group_id=group.group_id, topics=[], error_code=error.code)
    return OffsetFetchResponseGroup(group_id=group.group_id, topics=topics)


def _fetch(
    ctx: RequestContext,
    group_id: str,
    topics: list[OffsetFetchRequestTopics],
    require_stable: bool,
) -> list[OffsetFetchResponseTopics]:
    """Unknown topic ids come last; unknown names and partitions are merely not committed."""
    unknown: list[OffsetFetchRequestTopics] = []
    if ctx.api_version >= TOPIC_IDS_SINCE:
        asked, topics = topics, []
        for topic in asked:
            image = ctx.node.metadata.image.topic_by_id(topic.topic_id)
            if image is None:
                unknown.append(topic)
            else:
                topics.append(
                    OffsetFetchRequestTopics(
                        name=image.name,
                        topic_id=topic.topic_id,
                        partition_indexes=topic.partition_indexes,
                    )
                )
    fetched = ctx.node.groups.fetch_offsets(group_id, topics, require_stable)
    return fetched + [_unknown_id(topic) for topic in unknown]


def _fetch_all(
    ctx: RequestContext, group: OffsetFetchRequestGroup, require_stable: bool
) -> list[OffsetFetchResponseTopics]:
    topics = ctx.node.groups.fetch_all_offsets(group.group_id, require_stable)
    if ctx.api_version < TOPIC_IDS_SINCE:
        return topics
    for topic in topics:
        image = ctx.node.metadata.image.topic(topic.name)
        if image is not None:
            topic.topic_id = image.topic_id
    # A topic that is gone has no id, so its offsets cannot be listed.
    return [topic for topic in topics if topic.topic_id != ZERO_UUID]


def _unknown_id(topic: OffsetFetchRequestTopics) -> OffsetFetchResponseTopics:
    return OffsetFetchResponseTopics(
        topic_id=topic.topic_id,
        partitions=[
            OffsetFetchResponsePartitions(
                partition_index=index,
                committed_offset=-1,
                metadata="",
                error_code=ErrorCode.UNKNOWN_TOPIC_ID,
            )
            for index in topic.partition_indexes
        ],
    )


def _single_group(request: OffsetFetchRequest) -> OffsetFetchRequestGroup:
    """A request before v8 as one for a list of groups."""
    topics = None
    if request.topics is not None:
        topics = [
            OffsetFetchRequestTopics(name=topic.name, partition_indexes=topic.partition_indexes)
            for topic in request.topics
        ]
    return OffsetFetchRequestGroup(group_id=request.group_id, topics=topics)


def _before_v8(topic: OffsetFetchResponseTopics) -> OffsetFetchResponseTopic:
    return OffsetFetchResponseTopic(
        name=topic.name,
        partitions=[
            OffsetFetchResponsePartition(
                partition_index=partition.partition_index,
                committed_offset=partition.committed_offset,
                committed_leader_epoch=partition.committed_leader_epoch,
                metadata=partition.metadata,
                error_code=partition.error_code,
            )
            for partition in topic.partitions
        ],
    )


def _errors_of(
    topics: list[OffsetFetchRequestTopic], code: ErrorCode
) -> list[OffsetFetchResponseTopic]:
    return [
        OffsetFetchResponseTopic(
            name=topic.name,
            partitions=[
                OffsetFetchResponsePartition(
                    partition_index=index, committed_offset=-1, metadata="", error_code=code
                )
                for index in topic.partition_indexes
            ],
        )
        for topic in topics
    ]
