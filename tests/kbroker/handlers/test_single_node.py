"""What administers a cluster of several nodes, or its security, and meets one node without any."""

from __future__ import annotations

import pytest

from tests.drivers import BrokerDriver
from wire.errors import ErrorCode
from wire.messages.add_raft_voter import AddRaftVoterRequest
from wire.messages.alter_partition_reassignments import (
    AlterPartitionReassignmentsRequest,
    ReassignablePartition,
    ReassignableTopic,
)
from wire.messages.create_acls import AclCreation, CreateAclsRequest
from wire.messages.create_delegation_token import CreateDelegationTokenRequest
from wire.messages.describe_quorum import DescribeQuorumRequest, PartitionData, TopicData
from wire.messages.elect_leaders import ElectLeadersRequest, TopicPartitions
from wire.messages.list_partition_reassignments import ListPartitionReassignmentsRequest
from wire.messages.remove_raft_voter import RemoveRaftVoterRequest
from wire.messages.unregister_broker import UnregisterBrokerRequest

DIRECTORY = bytes(15) + b"\1"


@pytest.fixture
def broker() -> BrokerDriver:
    driver = BrokerDriver()
    driver.create_topic("t")
    return driver


def test_the_only_replica_leads_already(broker: BrokerDriver) -> None:
    wanted = [TopicPartitions(topic="t", partitions=[0, 1])]
    answer = broker.connect().ask(ElectLeadersRequest(topic_partitions=wanted), 2)
    results = answer.replica_election_results[0].partition_result
    assert [result.error_code for result in results] == [
        ErrorCode.ELECTION_NOT_NEEDED,
        ErrorCode.UNKNOWN_TOPIC_OR_PARTITION,
    ]


def test_an_election_of_all_names_topics_only(broker: BrokerDriver) -> None:
    answer = broker.connect().ask(ElectLeadersRequest(topic_partitions=None), 2)
    [result] = answer.replica_election_results
    assert (result.topic, result.partition_result) == ("t", [])


@pytest.mark.parametrize(
    ("replicas", "code"),
    [
        ([1], ErrorCode.NONE),
        (None, ErrorCode.NO_REASSIGNMENT_IN_PROGRESS),
        ([2], ErrorCode.INVALID_REPLICA_ASSIGNMENT),
        ([], ErrorCode.INVALID_REPLICA_ASSIGNMENT),
    ],
)
def test_moves(broker: BrokerDriver, replicas: list[int] | None, code: ErrorCode) -> None:
    partition = ReassignablePartition(partition_index=0, replicas=replicas)
    request = AlterPartitionReassignmentsRequest(
        topics=[ReassignableTopic(name="t", partitions=[partition])]
    )
    answer = broker.connect().ask(request, 1)
    assert answer.responses[0].partitions[0].error_code == code
    assert broker.connect().ask(ListPartitionReassignmentsRequest(), 0).topics == []


def test_the_metadata_log_has_one_voter(broker: BrokerDriver) -> None:
    wanted = TopicData(
        topic_name="__cluster_metadata", partitions=[PartitionData(partition_index=0)]
    )
    answer = broker.connect().ask(DescribeQuorumRequest(topics=[wanted]), 2)
    [partition] = answer.topics[0].partitions
    assert partition.high_watermark == broker.node.metadata.image.offset + 1
    assert [voter.replica_id for voter in partition.current_voters] == [partition.leader_id]


def test_voters_never_change(broker: BrokerDriver) -> None:
    client = broker.connect()
    add = AddRaftVoterRequest(
        cluster_id=None, timeout_ms=1, voter_id=2, voter_directory_id=DIRECTORY, listeners=[]
    )
    assert client.ask(add, 1).error_code == ErrorCode.UNSUPPORTED_VERSION
    remove = RemoveRaftVoterRequest(cluster_id="x", voter_id=2, voter_directory_id=DIRECTORY)
    assert client.ask(remove, 0).error_code == ErrorCode.INCONSISTENT_CLUSTER_ID


def test_there_is_no_other_broker_to_forget(broker: BrokerDriver) -> None:
    answer = broker.connect().ask(UnregisterBrokerRequest(broker_id=99), 0)
    assert answer.error_code == ErrorCode.BROKER_ID_NOT_REGISTERED


def test_security_is_off(broker: BrokerDriver) -> None:
    client = broker.connect()
    rule = AclCreation(
        resource_type=2, resource_name="a", principal="User:a", host="*",
        operation=3, permission_type=3,
    )  # fmt: skip
    [result] = client.ask(CreateAclsRequest(creations=[rule]), 3).results
    assert result.error_code == ErrorCode.SECURITY_DISABLED
    token = client.ask(CreateDelegationTokenRequest(renewers=[], max_lifetime_ms=-1), 3)
    assert token.error_code == ErrorCode.DELEGATION_TOKEN_REQUEST_NOT_ALLOWED
