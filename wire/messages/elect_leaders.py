"""ElectLeaders: preferred replicas become leaders again (KIP-183).

v1 can also elect an unclean leader, and tells an error of the whole request (KIP-460)."""

from __future__ import annotations

from wire.api_keys import ApiKey
from wire.schema import Message, Struct, array, int8, int16, int32, string


class TopicPartitions(Struct):
    topic: str = string()
    partitions: list[int] = array(int32)


class ElectLeadersRequest(Message, api=ApiKey.ELECT_LEADERS):
    election_type: int = int8(since=1, default=0)
    topic_partitions: list[TopicPartitions] | None = array(TopicPartitions, null_since=0)
    timeout_ms: int = int32(default=60000)


class PartitionResult(Struct):
    partition_id: int = int32()
    error_code: int = int16()
    error_message: str | None = string(null_since=0, default="")


class ReplicaElectionResult(Struct):
    topic: str = string()
    partition_result: list[PartitionResult] = array(PartitionResult)


class ElectLeadersResponse(Message, api=ApiKey.ELECT_LEADERS):
    throttle_time_ms: int = int32(default=0)
    error_code: int = int16(since=1, default=0)
    replica_election_results: list[ReplicaElectionResult] = array(ReplicaElectionResult)
