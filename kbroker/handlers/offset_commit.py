"""OffsetCommit: stores what a group has consumed.

v2 to v4 may give the offsets a retention time of their own, v7 has static members, v9 tells a
member whose group has gone GROUP_ID_NOT_FOUND, v10 names topics by id (KIP-848). The topic's id
is stored with the offset in every version, so that an offset does not outlive its topic. Partitions
that do not exist are answered without asking the group, as in Kafka. The epochs of consumer group
members are not checked yet.
"""

from __future__ import annotations

from kbroker.context import RequestContext
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

TOPIC_IDS_SINCE = 10


def handle(ctx: RequestContext, request: OffsetCommitRequest) -> OffsetCommitResponse:
    uses_ids = ctx.api_version >= TOPIC_IDS_SINCE
    answers = _Answers(uses_ids)
    existing = []
    for topic in request.topics:
        image = _find(ctx.node.metadata.image, topic, uses_ids)
        if image is None:
            code = ErrorCode.UNKNOWN_TOPIC_ID if uses_ids else ErrorCode.UNKNOWN_TOPIC_OR_PARTITION
            answers.add(topic, topic.partitions, code)
            continue
        count = len(image.partitions)
        valid = [item for item in topic.partitions if 0 <= item.partition_index < count]
        missing = [item for item in topic.partitions if not 0 <= item.partition_index < count]
        if missing:
            answers.add(topic, missing, ErrorCode.UNKNOWN_TOPIC_OR_PARTITION)
        if valid:
            existing.append(
                OffsetCommitRequestTopic(name=image.name, topic_id=image.topic_id, partitions=valid)
            )
    if existing:
        try:
            answers.merge(ctx.node.groups.commit_offsets(request, existing, ctx.api_version))
        except KafkaError as error:
            answers.merge(_all_topics(existing, error.code))
    return OffsetCommitResponse(topics=answers.topics)


def error_response(request: OffsetCommitRequest, code: ErrorCode) -> OffsetCommitResponse:
    return OffsetCommitResponse(topics=_all_topics(request.topics, code))


class _Answers:
    """The topics of the response: one for each name or id, in the order of their first answer."""

    def __init__(self, uses_ids: bool) -> None:
        self.topics: list[OffsetCommitResponseTopic] = []
        self._uses_ids = uses_ids
        self._by_key: dict[str | bytes, OffsetCommitResponseTopic] = {}

    def add(
        self,
        topic: OffsetCommitRequestTopic,
        partitions: list[OffsetCommitRequestPartition],
        code: ErrorCode,
    ) -> None:
        self._add(_topic_answer(topic, partitions, code))

    def merge(self, answers: list[OffsetCommitResponseTopic]) -> None:
        """The group's answers: put beside those there are, or as they come if there are none."""
        if not self.topics:
            self.topics = answers
            return
        for answer in answers:
            self._add(answer)

    def _add(self, answer: OffsetCommitResponseTopic) -> None:
        key = answer.topic_id if self._uses_ids else answer.name
        known = self._by_key.setdefault(key, answer)
        if known is answer:
            self.topics.append(answer)
        else:
            known.partitions += answer.partitions


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
