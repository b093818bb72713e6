"""Fetch: records of some partitions, from an offset on.

v4 brings isolation levels, v7 sessions (KIP-227), v9 leader epochs, v11 racks, v12 tagged fields
and diverging epochs, v13 topic ids, v15 the replica state as a tagged field, v16 node endpoints,
v18 the follower's high watermark."""

from __future__ import annotations

from typing import Any

from wire.api_keys import ApiKey
from wire.integers import MAX_INT32, MAX_INT64
from wire.schema import (
    Message,
    Struct,
    array,
    int8,
    int16,
    int32,
    int64,
    raw_records,
    string,
    struct,
    uuid,
)
from wire.uuids import ZERO_UUID


class ReplicaState(Struct):
    replica_id: int = int32(default=-1)
    replica_epoch: int = int64(default=-1)


class FetchPartition(Struct):
    partition: int = int32()
    current_leader_epoch: int = int32(since=9, default=-1)
    fetch_offset: int = int64()
    last_fetched_epoch: int = int32(since=12, default=-1)
    log_start_offset: int = int64(since=5, default=-1)
    partition_max_bytes: int = int32()
    replica_directory_id: bytes = uuid(since=17, tag=0, default=ZERO_UUID)
    high_watermark: int = int64(since=18, tag=1, default=MAX_INT64)


class FetchTopic(Struct):
    topic: str = string(until=12, default="")
    topic_id: bytes = uuid(since=13, default=ZERO_UUID)
    partitions: list[FetchPartition] = array(FetchPartition)


class ForgottenTopic(Struct):
    topic: str = string(until=12, default="")
    topic_id: bytes = uuid(since=13, default=ZERO_UUID)
    partitions: list[int] = array(int32)


class FetchRequest(Message, api=ApiKey.FETCH):
    cluster_id: str | None = string(since=12, null_since=12, tag=0, default=None)
    replica_id: int = int32(until=14, default=-1)
    replica_state: ReplicaState = struct(
        ReplicaState, since=15, tag=1, default_factory=ReplicaState
    )
    max_wait_ms: int = int32()
    min_bytes: int = int32()
    max_bytes: int = int32(since=3, default=MAX_INT32)
    isolation_level: int = int8(since=4, default=0)
    session_id: int = int32(since=7, default=0)
    session_epoch: int = int32(since=7, default=-1)
    topics: list[FetchTopic] = array(FetchTopic)
    forgotten_topics_data: list[ForgottenTopic] = array(ForgottenTopic, since=7, default=[])
    rack_id: str = string(since=11, default="")


class EpochEndOffset(Struct):
    epoch: int = int32(default=-1)
    end_offset: int = int64(default=-1)


class LeaderIdAndEpoch(Struct):
    leader_id: int = int32(default=-1)
    leader_epoch: int = int32(default=-1)


class SnapshotId(Struct):
    end_offset: int = int64(default=-1)
    epoch: int = int32(default=-1)


class AbortedTransaction(Struct):
    producer_id: int = int64()
    first_offset: int = int64()


class PartitionData(Struct):
    partition_index: int = int32()
    error_code: int = int16()
    high_watermark: int = int64()
    last_stable_offset: int = int64(since=4, default=-1)
    log_start_offset: int = int64(since=5, default=-1)
    diverging_epoch: EpochEndOffset = struct(
        EpochEndOffset, since=12, tag=0, default_factory=EpochEndOffset
    )
    current_leader: LeaderIdAndEpoch = struct(
        LeaderIdAndEpoch, since=12, tag=1, default_factory=LeaderIdAndEpoch
    )
    snapshot_id: SnapshotId = struct(SnapshotId, since=12, tag=2, default_factory=SnapshotId)
    aborted_transactions: list[AbortedTransaction] | None = array(
        AbortedTransaction, since=4, null_since=4, default=[]
    )
    preferred_read_replica: int = int32(since=11, default=-1)
    records: Any = raw_records(null_since=0)


class FetchableTopicResponse(Struct):
    topic: str = string(until=12, default="")
    topic_id: bytes = uuid(since=13, default=ZERO_UUID)
    partitions: list[PartitionData] = array(PartitionData)


class NodeEndpoint(Struct):
    node_id: int = int32()
    host: str = string()
    port: int = int32()
    rack: str | None = string(null_since=16, default=None)


class FetchResponse(Message, api=ApiKey.FETCH):
    throttle_time_ms: int = int32(since=1, default=0)
    error_code: int = int16(since=7, default=0)
    session_id: int = int32(since=7, default=0)
    responses: list[FetchableTopicResponse] = array(FetchableTopicResponse)
    node_endpoints: list[NodeEndpoint] = array(NodeEndpoint, since=16, tag=0, default=[])
