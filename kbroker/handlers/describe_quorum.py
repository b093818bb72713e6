"""DescribeQuorum: who leads the metadata log, and how far each replica of it is (KIP-595)."""

from __future__ import annotations

from kbroker.context import RequestContext
from kbroker.metadata.topic_names import CLUSTER_METADATA
from wire.errors import UNKNOWN_PARTITION_TEXT, ErrorCode
from wire.messages.describe_quorum import (
    DescribeQuorumRequest,
    DescribeQuorumResponse,
    Listener,
    Node,
    ReplicaState,
    ResponsePartitionData,
    ResponseTopicData,
)

CONTROLLER_LISTENER = "CONTROLLER"


def handle(ctx: RequestContext, request: DescribeQuorumRequest) -> DescribeQuorumResponse:
    topics = [
        ResponseTopicData(
            topic_name=topic.topic_name,
            partitions=[
                _described(ctx, topic.topic_name, partition.partition_index)
                for partition in topic.partitions
            ],
        )
        for topic in request.topics
    ]
    asks_for_quorum = any(
        partition.error_code == 0 for topic in topics for partition in topic.partitions
    )
    return DescribeQuorumResponse(
        error_code=0, topics=topics, nodes=_voters(ctx) if asks_for_quorum else []
    )


def _voters(ctx: RequestContext) -> list[Node]:
    """Where the voters are; without controllers of their own, those are brokers."""
    image = ctx.node.metadata.image
    nodes = []
    for node_id in image.quorum.voters:
        host, port = ctx.node.advertised_addresses.choose(image.brokers[node_id], ctx.connection)
        listener = Listener(name=CONTROLLER_LISTENER, host=host, port=port)
        nodes.append(Node(node_id=node_id, listeners=[listener]))
    return nodes


def _described(ctx: RequestContext, topic: str, index: int) -> ResponsePartitionData:
    if (topic, index) != (CLUSTER_METADATA, 0):
        return ResponsePartitionData(
            partition_index=index,
            error_code=ErrorCode.UNKNOWN_TOPIC_OR_PARTITION,
            error_message=UNKNOWN_PARTITION_TEXT,
            leader_id=0,
            leader_epoch=0,
            high_watermark=0,
            current_voters=[],
            observers=[],
        )
    image = ctx.node.metadata.image
    now_ms = ctx.node.clock.now_ms()
    return ResponsePartitionData(
        partition_index=index,
        error_code=0,
        leader_id=image.quorum.leader_id,
        leader_epoch=image.quorum.leader_epoch,
        high_watermark=image.offset + 1,
        current_voters=[_state(node_id, image.offset, now_ms) for node_id in image.quorum.voters],
        observers=[_state(node_id, image.offset, now_ms) for node_id in image.quorum.observers],
    )


def _state(node_id: int, offset: int, now_ms: int) -> ReplicaState:
    """All replicas have what the image has: it is one log."""
    return ReplicaState(
        replica_id=node_id,
        log_end_offset=offset + 1,
        last_fetch_timestamp=now_ms,
        last_caught_up_timestamp=now_ms,
    )


def error_response(_request: DescribeQuorumRequest, code: ErrorCode) -> DescribeQuorumResponse:
    return DescribeQuorumResponse(error_code=code, topics=[])
