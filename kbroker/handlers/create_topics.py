"""CreateTopics: each topic succeeds or fails by itself.

v4 takes -1 for the cluster's defaults (any version here does), v5 answers with the configs, v7
with the id. An answer is settled: the topic can be used when the client has it.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from kbroker.context import RequestContext
from kbroker.metadata.image import TopicImage
from kbroker.metadata.topic_creation import MAX_PARTITIONS_PER_REQUEST, NewTopic, plan_topic
from kbroker.settings.definitions import TOPIC_SETTINGS
from kbroker.settings.topic_settings import effective
from wire.errors import ErrorCode, KafkaError
from wire.messages.create_topics import (
    CreatableTopic,
    CreatableTopicConfigs,
    CreatableTopicResult,
    CreateTopicsRequest,
    CreateTopicsResponse,
)

if TYPE_CHECKING:
    from kbroker.node import Node


def handle(ctx: RequestContext, request: CreateTopicsRequest) -> CreateTopicsResponse:
    node = ctx.node
    if _partition_total(node, request) > MAX_PARTITIONS_PER_REQUEST:
        return _all_failed(
            request,
            ErrorCode.POLICY_VIOLATION,
            "Excessively large number of partitions per request.",
        )
    mentions = Counter(topic.name for topic in request.topics)
    results: dict[str, CreatableTopicResult] = {}
    plans: list[TopicImage] = []
    for topic in request.topics:
        try:
            if mentions[topic.name] > 1:
                raise KafkaError(ErrorCode.INVALID_REQUEST, "Duplicate topic name.")
            plan = plan_topic(_new_topic(topic), node.metadata.image, node.defaults)
            plans.append(plan)
            results[topic.name] = _created(node, plan)
        except KafkaError as error:
            results[topic.name] = _failed(topic.name, error.code, error.message)
    if plans and not request.validate_only:
        node.metadata.create_topics(plans)
    if request.timeout_ms <= 0:
        # Kafka says that it is too late, and creates the topics all the same.
        return _all_failed(request, ErrorCode.REQUEST_TIMED_OUT, None)
    return CreateTopicsResponse(topics=list(results.values()))


def _partition_total(node: Node, request: CreateTopicsRequest) -> int:
    return sum(
        len(topic.assignments)
        or (node.defaults.partition_count if topic.num_partitions == -1 else topic.num_partitions)
        for topic in request.topics
    )


def _new_topic(topic: CreatableTopic) -> NewTopic:
    return NewTopic(
        topic.name,
        topic.num_partitions,
        topic.replication_factor,
        [(manual.partition_index, manual.broker_ids) for manual in topic.assignments],
        {config.name: config.value for config in topic.configs if config.value is not None},
        [config.name for config in topic.configs if config.value is None],
    )


def _created(node: Node, topic: TopicImage) -> CreatableTopicResult:
    configs = []
    for name in sorted(TOPIC_SETTINGS):
        if TOPIC_SETTINGS[name].internal and name not in topic.configs:
            continue
        value, source = effective(name, topic.configs, node.settings)
        configs.append(
            CreatableTopicConfigs(
                name=name, value=value, read_only=False, config_source=source, is_sensitive=False
            )
        )
    return CreatableTopicResult(
        name=topic.name,
        topic_id=topic.topic_id,
        error_code=0,
        error_message=None,
        num_partitions=len(topic.partitions),
        replication_factor=len(topic.partitions[0].replicas),
        configs=configs,
    )


def _failed(name: str, code: ErrorCode, message: str | None) -> CreatableTopicResult:
    return CreatableTopicResult(name=name, error_code=code, error_message=message)


def _all_failed(
    request: CreateTopicsRequest, code: ErrorCode, message: str | None
) -> CreateTopicsResponse:
    return CreateTopicsResponse(
        topics=[_failed(topic.name, code, message) for topic in request.topics]
    )


def error_response(request: CreateTopicsRequest, code: ErrorCode) -> CreateTopicsResponse:
    return _all_failed(request, code, None)
