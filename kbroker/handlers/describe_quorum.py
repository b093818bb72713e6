"""DescribeQuorum: the metadata log has one voter, this node, and it leads (KIP-595)."""

from __future__ import annotations

from kbroker.context import RequestContext
from kbroker.metadata.metadata_log import LEADER_EPOCH, TOPIC
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
    host, port = ctx.node.endpoint(ctx.connection)
    listener = Listener(name=CONTROLLER_LISTENER, host=host, port=port)
    asks_for_quorum = any(
        partition.error_code == 0 for topic in topics for partition in topic.partitions
    )
    return DescribeQuorumResponse(
        error_code=0,
        topics=topics,
        nodes=[Node(node_id=ctx.node.node_id, listeners=[listener])] if asks_for_quorum else [],
    )


def _described(ctx: RequestContext, topic: str, index: int) -> ResponsePartitionData:
    if (topic, index) != (TOPIC, 0):
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
    node = ctx.node
    end_offset, now_ms = node.metadata.image.offset + 1, node.clock.now_ms()
    voter = ReplicaState(
        replica_id=node.node_id,
        log_end_offset=end_offset,
        last_fetch_timestamp=now_ms,
        last_caught_up_timestamp=now_ms,
    )
    return ResponsePartitionData(
        partition_index=index,
        error_code=0,
        leader_id=node.node_id,
        leader_epoch=LEADER_EPOCH,
        high_watermark=end_offset,
        current_voters=[voter],
        observers=[],
    )


def error_response(_request: DescribeQuorumRequest, code: ErrorCode) -> DescribeQuorumResponse:
    return DescribeQuorumResponse(error_code=code, topics=[])
