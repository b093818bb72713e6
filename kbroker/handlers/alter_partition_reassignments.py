"""AlterPartitionReassignments: with one node every allowed move is done (KIP-455)."""

from __future__ import annotations

from kbroker.context import RequestContext
from kbroker.metadata.placement import check_replicas
from kbroker.node import Node
from wire.errors import ErrorCode, KafkaError
from wire.messages.alter_partition_reassignments import (
    AlterPartitionReassignmentsRequest,
    AlterPartitionReassignmentsResponse,
    ReassignablePartition,
    ReassignablePartitionResponse,
    ReassignableTopicResponse,
)


def handle(
    ctx: RequestContext, request: AlterPartitionReassignmentsRequest
) -> AlterPartitionReassignmentsResponse:
    if not request.topics:
        # Kafka does not look at the rest then, and leaves its answer as it is made.
        return AlterPartitionReassignmentsResponse(error_code=0, error_message="", responses=[])
    if request.timeout_ms <= 0:
        return error_response(request, ErrorCode.REQUEST_TIMED_OUT)
    return AlterPartitionReassignmentsResponse(
        allow_replication_factor_change=request.allow_replication_factor_change,
        error_code=0,
        error_message=None,
        responses=[
            ReassignableTopicResponse(
                name=topic.name,
                partitions=[_moved(ctx.node, topic.name, wanted) for wanted in topic.partitions],
            )
            for topic in request.topics
        ],
    )


def _moved(node: Node, name: str, wanted: ReassignablePartition) -> ReassignablePartitionResponse:
    code, message = ErrorCode.NONE, None
    try:
        _check(node, name, wanted)
    except KafkaError as error:
        code, message = error.code, error.message
    return ReassignablePartitionResponse(
        partition_index=wanted.partition_index, error_code=code, error_message=message
    )


def _check(node: Node, name: str, wanted: ReassignablePartition) -> None:
    topic = node.metadata.image.topic(name)
    if topic is None:
        raise KafkaError(
            ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, f"Unable to find a topic named {name}."
        )
    if not 0 <= wanted.partition_index < len(topic.partitions):
        raise KafkaError(
            ErrorCode.UNKNOWN_TOPIC_OR_PARTITION,
            f"Unable to find partition {name}:{wanted.partition_index}.",
        )
    if wanted.replicas is None:
        raise KafkaError(ErrorCode.NO_REASSIGNMENT_IN_PROGRESS)
    check_replicas(wanted.replicas, node.metadata.image.registered_broker_ids(), None)


def error_response(
    request: AlterPartitionReassignmentsRequest, code: ErrorCode
) -> AlterPartitionReassignmentsResponse:
    """An error of the whole request is also given for every partition."""
    return AlterPartitionReassignmentsResponse(
        error_code=code,
        error_message=None,
        responses=[
            ReassignableTopicResponse(
                name=topic.name,
                partitions=[
                    ReassignablePartitionResponse(
                        partition_index=wanted.partition_index,
                        error_code=code,
                        error_message=None,
                    )
                    for wanted in topic.partitions
                ],
            )
            for topic in request.topics
        ],
    )
