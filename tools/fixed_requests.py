"""Requests whose size does not depend on the cluster's: what each takes."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any

from kbroker.cli.raw_client import RawClient
from tools.topic_requests import produce_request
from wire.messages.create_topics import CreatableTopic, CreateTopicsRequest
from wire.messages.delete_topics import DeleteTopicsRequest
from wire.messages.describe_configs import DescribeConfigsRequest, DescribeConfigsResource
from wire.messages.fetch import FetchPartition, FetchRequest, FetchTopic
from wire.messages.find_coordinator import FindCoordinatorRequest
from wire.messages.heartbeat import HeartbeatRequest
from wire.messages.incremental_alter_configs import (
    AlterableConfig,
    AlterConfigsResource,
    IncrementalAlterConfigsRequest,
)
from wire.messages.join_group import JoinGroupRequest, JoinGroupRequestProtocol
from wire.messages.leave_group import LeaveGroupRequest
from wire.messages.list_offsets import (
    ListOffsetsPartition,
    ListOffsetsRequest,
    ListOffsetsTopic,
)
from wire.messages.metadata import MetadataRequest, MetadataRequestTopic
from wire.messages.offset_commit import (
    OffsetCommitRequest,
    OffsetCommitRequestPartition,
    OffsetCommitRequestTopic,
)
from wire.messages.offset_fetch import OffsetFetchRequest, OffsetFetchRequestTopic
from wire.messages.sync_group import SyncGroupRequest, SyncGroupRequestAssignment
from wire.schema import Message

TOPIC_RESOURCE = 2
SET = 0
LATEST = -1

TOPIC, GROUP = "asked-for", "asking"

Question = tuple[Message, int]  # a request and its version


def create_topics(names: Sequence[str]) -> Question:
    topics = [
        CreatableTopic(
            name=name, num_partitions=1, replication_factor=1, assignments=[], configs=[]
        )
        for name in names
    ]
    return CreateTopicsRequest(topics=topics, timeout_ms=30_000), 7


def delete_topics(names: Sequence[str]) -> Question:
    return DeleteTopicsRequest(topic_names=list(names), timeout_ms=30_000), 5


def commit(group: str, topic: str) -> Question:
    """By nobody's member, as of a group that only has offsets."""
    partition = OffsetCommitRequestPartition(
        partition_index=0, committed_offset=7, committed_metadata=""
    )
    topics = [OffsetCommitRequestTopic(name=topic, partitions=[partition])]
    return OffsetCommitRequest(group_id=group, topics=topics), 8


def steady_questions(retention_ms: int) -> dict[str, Question]:
    """The requests that change nothing in how much there is, by their API."""
    topic, group = TOPIC, GROUP
    fetched = FetchPartition(partition=0, fetch_offset=0, partition_max_bytes=1000)
    listed = ListOffsetsPartition(partition_index=0, timestamp=LATEST)
    retention = AlterableConfig(name="retention.ms", config_operation=SET, value=str(retention_ms))
    return {
        "Metadata": (
            MetadataRequest(
                topics=[MetadataRequestTopic(name=topic)], allow_auto_topic_creation=False
            ),
            12,
        ),
        "Produce": (produce_request(topic, [b"x" * 100], int(time.time() * 1000)), 9),
        "Fetch": (
            FetchRequest(
                max_wait_ms=0, min_bytes=0, topics=[FetchTopic(topic=topic, partitions=[fetched])]
            ),
            12,
        ),
        "ListOffsets": (
            ListOffsetsRequest(
                replica_id=-1, topics=[ListOffsetsTopic(name=topic, partitions=[listed])]
            ),
            7,
        ),
        "FindCoordinator": (FindCoordinatorRequest(coordinator_keys=[group]), 4),
        "OffsetCommit": commit(group, topic),
        "OffsetFetch": (
            OffsetFetchRequest(
                group_id=group, topics=[OffsetFetchRequestTopic(name=topic, partition_indexes=[0])]
            ),
            7,
        ),
        "DescribeConfigs": (
            DescribeConfigsRequest(
                resources=[
                    DescribeConfigsResource(
                        resource_type=TOPIC_RESOURCE, resource_name=topic, configuration_keys=None
                    )
                ]
            ),
            4,
        ),
        "IncrementalAlterConfigs": (
            IncrementalAlterConfigsRequest(
                resources=[
                    AlterConfigsResource(
                        resource_type=TOPIC_RESOURCE, resource_name=topic, configs=[retention]
                    )
                ],
                validate_only=False,
            ),
            1,
        ),
    }


class Member:
    """The only member of a group, from joining to leaving."""

    def __init__(self, client: RawClient, group: str) -> None:
        self._ask = client.ask
        self._group = group
        self._id = ""
        self._generation = -1

    def join(self) -> None:
        protocol = JoinGroupRequestProtocol(name="range", metadata=b"")
        request = JoinGroupRequest(
            group_id=self._group, session_timeout_ms=45_000, rebalance_timeout_ms=45_000,
            member_id=self._id, protocol_type="flat", protocols=[protocol],
        )  # fmt: skip
        answer = self._ask(request, 3)
        assert answer.error_code == 0, answer
        self._id, self._generation = answer.member_id, answer.generation_id

    def sync(self) -> None:
        assignment = SyncGroupRequestAssignment(member_id=self._id, assignment=b"")
        request = SyncGroupRequest(
            group_id=self._group, generation_id=self._generation, member_id=self._id,
            assignments=[assignment],
        )  # fmt: skip
        self._ask(request, 3)

    def heartbeat(self) -> None:
        request = HeartbeatRequest(
            group_id=self._group, generation_id=self._generation, member_id=self._id
        )
        self._ask(request, 3)

    def leave(self) -> None:
        self._ask(LeaveGroupRequest(group_id=self._group, member_id=self._id), 2)


def one_round(client: RawClient, turn: int) -> dict[str, float]:
    """What each request takes, in µs."""
    questions = steady_questions(retention_ms=3_600_000 + turn)
    took = {name: _timed(client.ask, *question) for name, question in questions.items()}
    new = [f"new-{turn}"]
    took["CreateTopics"] = _timed(client.ask, *create_topics(new))
    took["DeleteTopics"] = _timed(client.ask, *delete_topics(new))
    member = Member(client, "group-of-one")
    took["JoinGroup"] = _timed(member.join)
    took["SyncGroup"] = _timed(member.sync)
    took["Heartbeat"] = _timed(member.heartbeat)
    took["LeaveGroup"] = _timed(member.leave)
    return took


def _timed(call: Callable[..., Any], *arguments: Any) -> float:
    began = time.perf_counter()
    call(*arguments)
    return (time.perf_counter() - began) * 1e6
