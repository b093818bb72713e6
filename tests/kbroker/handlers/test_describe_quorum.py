"""The metadata log, and who votes on it."""

from __future__ import annotations

from tests.drivers import BrokerDriver
from wire.errors import ErrorCode
from wire.messages.describe_quorum import (
    DescribeQuorumRequest,
    DescribeQuorumResponse,
    PartitionData,
    TopicData,
)


def describe(broker: BrokerDriver, name: str) -> DescribeQuorumResponse:
    wanted = TopicData(topic_name=name, partitions=[PartitionData(partition_index=0)])
    answer: DescribeQuorumResponse = broker.connect().ask(DescribeQuorumRequest(topics=[wanted]), 2)
    return answer


def test_this_node_is_the_only_voter() -> None:
    broker = BrokerDriver()
    broker.create_topic("t")
    [partition] = describe(broker, "__cluster_metadata").topics[0].partitions
    assert partition.high_watermark == broker.node.metadata.image.offset + 1
    assert [voter.replica_id for voter in partition.current_voters] == [partition.leader_id]


def test_no_other_log_has_a_quorum() -> None:
    answer = describe(BrokerDriver(), "t")
    assert answer.topics[0].partitions[0].error_code == ErrorCode.UNKNOWN_TOPIC_OR_PARTITION
