"""The metadata log, and who votes on it."""

from __future__ import annotations

from tests.drivers import BrokerDriver
from wire.errors import ErrorCode
from wire.messages.describe_quorum import (
    DescribeQuorumRequest,
    DescribeQuorumResponse,
    Listener,
    Node,
    PartitionData,
    ResponsePartitionData,
    ResponseTopicData,
    TopicData,
)


def describe(broker: BrokerDriver, name: str) -> DescribeQuorumResponse:
    wanted = TopicData(topic_name=name, partitions=[PartitionData(partition_index=0)])
    answer: DescribeQuorumResponse = broker.connect().ask(DescribeQuorumRequest(topics=[wanted]), 2)
    return answer


def test_this_node_is_the_only_voter(broker: BrokerDriver) -> None:
    """It has the whole log, and clients of the quorum find it where they found the broker."""
    answer = describe(broker, "__cluster_metadata")
    [partition] = answer.topics[0].partitions
    end_offset = broker.node.metadata.image.offset + 1

    assert (answer.error_code, partition.leader_id) == (0, 1)
    assert partition.high_watermark == end_offset
    assert [(one.replica_id, one.log_end_offset) for one in partition.current_voters] == [
        (1, end_offset)
    ]
    assert answer.nodes == [
        Node(node_id=1, listeners=[Listener(name="CONTROLLER", host="10.0.0.1", port=9092)])
    ]


def test_no_other_log_has_a_quorum() -> None:
    """Numbers are 0 then, as in Kafka, and no voters are told."""
    answer = describe(BrokerDriver(), "t")
    assert answer == DescribeQuorumResponse(
        error_code=0,
        topics=[
            ResponseTopicData(
                topic_name="t",
                partitions=[
                    ResponsePartitionData(
                        partition_index=0,
                        error_code=ErrorCode.UNKNOWN_TOPIC_OR_PARTITION,
                        error_message="This server does not host this topic-partition.",
                        leader_id=0,
                        leader_epoch=0,
                        high_watermark=0,
                        current_voters=[],
                        observers=[],
                    )
                ],
            )
        ],
        nodes=[],
    )
