"""OffsetCommit: stores what a group has consumed.

v2 to v4 may give the offsets a retention time of their own, v7 has static members, v9 tells a
member whose group has gone GROUP_ID_NOT_FOUND, v10 names topics by id (KIP-848). The topic's id
is stored with the offset in every version, so that an offset does not outlive its topic. Partitions
that do not exist are answered without asking the group, as in Kafka. The epochs of consumer group
members are not checked yet.
"""

from __future__ import annotations

from operator import attrgetter

from kbroker.context import RequestContext
from kbroker.handlers.topic_partitions import one_per_topic, split_existing
from kbroker.metadata.image import MetadataImage, TopicImage
from wire.errors import ErrorCode, KafkaError
from wire.messages.offset_commit import (
    OffsetCommitRequest,
    OffsetCommitRequestPartition,
    OffsetCommitRequestTopic,
    OffsetCommitResponse,
    OffsetCommitResponsePartition,
    OffsetCommitResponseTopic,
)
from wire.schema import first_version_of

TOPIC_IDS_SINCE = first_version_of(OffsetCommitRequestTopic, "topic_id")


def handle(ctx: RequestContext, request: OffsetCommitRequest) -> OffsetCommitResponse:
    uses_ids = ctx.api_version >= TOPIC_IDS_SINCE
    missing: list[OffsetCommitResponseTopic] = []
    existing: list[OffsetCommitRequestTopic] = []
    for topic in request.topics:
        image = _find(ctx.node.metadata.image, topic, uses_ids)
        there, absent = split_existing(image, topic.partitions)
        if image is None:
            code = ErrorCode.UNKNOWN_TOPIC_ID if uses_ids else ErrorCode.UNKNOWN_TOPIC_OR_PARTITION
            missing.append(_topic_answer(topic, absent, code))
            continue
        if absent:
            missing.append(_topic_answer(topic, absent, ErrorCode.UNKNOWN_TOPIC_OR_PARTITION))
        if there:
            existing.append(
                OffsetCommitRequestTopic(name=image.name, topic_id=image.topic_id, partitions=there)
            )
    committed: list[OffsetCommitResponseTopic] = []
    if existing:
        try:
            committed = ctx.node.groups.commit_offsets(request, existing, ctx.api_version)
        except KafkaError as error:
            committed = _all_topics(existing, error.code)
    # As Kafka's OffsetCommitResponse.Builder: what the group answered is merged into something.
    key = attrgetter("topic_id" if uses_ids else "name")
    topics = one_per_topic(missing + committed, key) if missing else committed
    return OffsetCommitResponse(topics=topics)


def error_response(request: OffsetCommitRequest, code: ErrorCode) -> OffsetCommitResponse:
    return OffsetCommitResponse(topics=_all_topics(request.topics, code))


def _find(
    image: MetadataImage, topic: OffsetCommitRequestTopic, uses_ids: bool
) -> TopicImage | None:
    return image.topic_by_id(topic.topic_id) if uses_ids else image.topic(topic.name)


def _all_topics(
    topics: list[OffsetCommitRequestTopic], code: ErrorCode
) -> list[OffsetCommitResponseTopic]:
    return [_topic_answer(topic, topic.partitions, code) for topic in topics]


def _topic_answer(
    topic: OffsetCommitRequestTopic,
    partitions: list[OffsetCommitRequestPartition],
    code: ErrorCode,
) -> OffsetCommitResponseTopic:
    return OffsetCommitResponseTopic(
        name=topic.name,
        topic_id=topic.topic_id,
        partitions=[
            OffsetCommitResponsePartition(
                partition_index=partition.partition_index, error_code=code
            )
            for partition in partitions
        ],
    )
