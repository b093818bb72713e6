"""Metadata: the node's address, and the topics with their partitions and leaders.

By name, by id (v12), or all of them (null; an empty list in v0). A topic that does not exist is
created when client and broker allow it (v4 lets the client say no), and the answer already has it.
"""

from __future__ import annotations

from kbroker.context import RequestContext
from kbroker.held_answers import Answer
from kbroker.metadata.authorized_operations import (
    ALL_CLUSTER_OPERATIONS,
    ALL_TOPIC_OPERATIONS,
    NOT_ASKED,
)
from kbroker.metadata.brokers import BrokerRegistration
from kbroker.metadata.image import INTERNAL_TOPICS, TopicImage
from kbroker.metadata.topic_names import validate_topic_name
from kbroker.node import Node
from wire.errors import ErrorCode, KafkaError
from wire.messages.metadata import (
    MetadataRequest,
    MetadataRequestTopic,
    MetadataResponse,
    MetadataResponseBroker,
    MetadataResponsePartition,
    MetadataResponseTopic,
)
from wire.uuids import ZERO_UUID

IDS_SINCE = 12


def handle(ctx: RequestContext, request: MetadataRequest) -> Answer[MetadataResponse]:
    if request.topics and request.allow_auto_topic_creation:
        missing = _missing(ctx, request.topics)
        if missing:
            ctx.node.auto_topic_creation.create(missing)
            return ctx.node.held_answers.after_commit(
                lambda: _answer(ctx, request), lambda code: error_response(request, code)
            )
    return _answer(ctx, request)


def _missing(ctx: RequestContext, topics: list[MetadataRequestTopic]) -> list[str]:
    """Valid names without a topic; none where topics are asked for by their ids."""
    image = ctx.node.metadata.latest
    names = dict.fromkeys(topic.name for topic in topics if topic.name is not None)
    missing = [name for name in names if image.topic(name) is None and _name_error(name) is None]
    if missing:
        _check_names_and_ids(ctx.api_version, topics)
        if any(topic.topic_id != ZERO_UUID for topic in topics):
            return []
    return missing


def _answer(ctx: RequestContext, request: MetadataRequest) -> MetadataResponse:
    node = ctx.node
    topics = _topics(ctx, request)
    if request.include_topic_authorized_operations:
        topics = [_with_operations(topic) for topic in topics]
    image = node.metadata.image
    return MetadataResponse(
        brokers=[_described_broker(ctx, broker) for broker in image.live_brokers],
        cluster_id=node.cluster_id,
        controller_id=image.controller_id,
        topics=topics,
        cluster_authorized_operations=ALL_CLUSTER_OPERATIONS
        if request.include_cluster_authorized_operations
        else NOT_ASKED,
    )


def _described_broker(ctx: RequestContext, broker: BrokerRegistration) -> MetadataResponseBroker:
    host, port = ctx.node.advertised_addresses.choose(broker, ctx.connection)
    return MetadataResponseBroker(node_id=broker.broker_id, host=host, port=port, rack=broker.rack)


def _topics(ctx: RequestContext, request: MetadataRequest) -> list[MetadataResponseTopic]:
    node = ctx.node
    if request.topics is None or (ctx.api_version == 0 and not request.topics):
        return [_described(topic) for topic in node.metadata.image.topics()]
    _check_names_and_ids(ctx.api_version, request.topics)
    ids = dict.fromkeys([topic.topic_id for topic in request.topics])
    ids.pop(ZERO_UUID, None)
    if ids:
        found = [_by_id(node, topic_id) for topic_id in ids]
        return sorted(found, key=lambda topic: topic.error_code == 0)  # unknown ids first, as Kafka
    names = dict.fromkeys([topic.name for topic in request.topics if topic.name is not None])
    return [_by_name(node, name) for name in names]


def _check_names_and_ids(version: int, topics: list[MetadataRequestTopic]) -> None:
    """v10 and v11 have ids and nullable names on the wire, but not in their meaning. Later ones
    look at ids alone where there is one, and Kafka fails with no better code where there is none
    and a name is missing."""
    has_ids = any(topic.topic_id != ZERO_UUID for topic in topics)
    for topic in topics:
        if version < IDS_SINCE and (topic.name is None or topic.topic_id != ZERO_UUID):
            raise KafkaError(ErrorCode.INVALID_REQUEST)
        if topic.name is None and not has_ids:
            raise KafkaError(ErrorCode.UNKNOWN_SERVER_ERROR)


def _by_name(node: Node, name: str) -> MetadataResponseTopic:
    topic = node.metadata.image.topic(name)
    if topic is not None:
        return _described(topic)
    code = _name_error(name) or ErrorCode.UNKNOWN_TOPIC_OR_PARTITION
    return MetadataResponseTopic(
        error_code=code, name=name, is_internal=name in INTERNAL_TOPICS, partitions=[]
    )


def _name_error(name: str) -> ErrorCode | None:
    try:
        validate_topic_name(name)
    except KafkaError as error:
        return error.code
    return None


def _by_id(node: Node, topic_id: bytes) -> MetadataResponseTopic:
    topic = node.metadata.image.topic_by_id(topic_id)
    if topic is not None:
        return _described(topic)
    return MetadataResponseTopic(
        error_code=ErrorCode.UNKNOWN_TOPIC_ID, name=None, topic_id=topic_id, partitions=[]
    )


def _with_operations(topic: MetadataResponseTopic) -> MetadataResponseTopic:
    if topic.error_code == ErrorCode.UNKNOWN_TOPIC_ID:
        return topic
    return MetadataResponseTopic(
        error_code=topic.error_code,
        name=topic.name,
        topic_id=topic.topic_id,
        is_internal=topic.is_internal,
        partitions=topic.partitions,
        topic_authorized_operations=ALL_TOPIC_OPERATIONS,
    )


def _described(topic: TopicImage) -> MetadataResponseTopic:
    described = topic.described
    if not isinstance(described, MetadataResponseTopic):
        described = topic.described = _describe(topic)
    return described


def _describe(topic: TopicImage) -> MetadataResponseTopic:
    return MetadataResponseTopic(
        error_code=0,
        name=topic.name,
        topic_id=topic.topic_id,
        is_internal=topic.is_internal,
        partitions=[
            MetadataResponsePartition(
                error_code=0,
                partition_index=partition.index,
                leader_id=partition.leader,
                leader_epoch=partition.leader_epoch,
                replica_nodes=list(partition.replicas),
                isr_nodes=list(partition.isr),
            )
            for partition in topic.partitions
        ],
    )


def error_response(request: MetadataRequest, code: ErrorCode) -> MetadataResponse:
    """v13 has a field for the error; older versions repeat it for each topic of the request."""
    return MetadataResponse(
        brokers=[],
        error_code=code,
        topics=[
            MetadataResponseTopic(
                error_code=code, name=topic.name or "", topic_id=topic.topic_id, partitions=[]
            )
            for topic in request.topics or ()
        ],
    )
