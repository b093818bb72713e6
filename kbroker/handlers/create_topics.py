"""CreateTopics: each topic succeeds or fails by itself.

v4 takes -1 for the cluster's defaults (any version here does), v5 answers with the configs, v7
with the id. An answer is settled: the topic can be used when the client has it.
"""

from __future__ import annotations

from collections import Counter

from kbroker.context import RequestContext
from kbroker.java_hashing import hash_map_order
from kbroker.metadata.image import TopicImage
from kbroker.metadata.image_replay import record_count
from kbroker.metadata.record_limit import check_record_count
from kbroker.metadata.topic_creation import (
    MAX_PARTITIONS_PER_REQUEST,
    PROHIBITED_TEXT,
    NewTopic,
    TopicDefaults,
    plan_topic,
)
from kbroker.metadata.topic_names import CLUSTER_METADATA
from kbroker.node import Node
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


def handle(ctx: RequestContext, request: CreateTopicsRequest) -> CreateTopicsResponse:
    try:
        return CreateTopicsResponse(topics=_results(ctx.node, request))
    except KafkaError as error:
        if request.timeout_ms <= 0:  # whatever else is wrong with all of them
            return _all_failed(request, ErrorCode.REQUEST_TIMED_OUT, None)
        return _all_failed(request, error.code, error.message)


def _results(node: Node, request: CreateTopicsRequest) -> list[CreatableTopicResult]:
    """As Kafka's ControllerApis: names that come twice, and that of the metadata log, are answered
    behind the others and count for nothing else."""
    mentions = Counter(topic.name for topic in request.topics)
    wanted = [
        topic
        for topic in request.topics
        if mentions[topic.name] == 1 and topic.name != CLUSTER_METADATA
    ]
    results = _create(node, request, wanted) if wanted else []
    for name in hash_map_order(name for name, count in mentions.items() if count > 1):
        results.append(_failed(name, ErrorCode.INVALID_REQUEST, "Duplicate topic name."))
    if mentions[CLUSTER_METADATA] == 1:
        results.append(_failed(CLUSTER_METADATA, ErrorCode.INVALID_REQUEST, PROHIBITED_TEXT))
    return results


def _create(
    node: Node, request: CreateTopicsRequest, wanted: list[CreatableTopic]
) -> list[CreatableTopicResult]:
    """Raises KafkaError for an error of all topics of the request."""
    defaults = TopicDefaults.of(node.settings)
    if _partition_total(wanted, defaults) > MAX_PARTITIONS_PER_REQUEST:
        raise KafkaError(
            ErrorCode.POLICY_VIOLATION, "Excessively large number of partitions per request."
        )
    results: list[CreatableTopicResult] = []
    plans: list[TopicImage] = []
    for topic in wanted:
        try:
            plan = plan_topic(_new_topic(topic), node.metadata.latest, defaults)
            plans.append(plan)
            results.append(_created(node, plan))
        except KafkaError as error:
            results.append(_failed(topic.name, error.code, error.message))
    check_record_count(sum(map(record_count, plans)))
    if plans and not request.validate_only:
        node.metadata.create_topics(plans)
    if request.timeout_ms <= 0:
        # Kafka says that it is too late, and creates the topics all the same.
        raise KafkaError(ErrorCode.REQUEST_TIMED_OUT)
    return results


def _partition_total(wanted: list[CreatableTopic], defaults: TopicDefaults) -> int:
    return sum(
        len(topic.assignments)
        or (defaults.partition_count if topic.num_partitions == -1 else topic.num_partitions)
        for topic in wanted
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
