"""OffsetCommit: what a group has consumed.

v1 checks member and generation, v2 to v4 carry a retention time, v6 leader epochs, v7 static
members, v9 also serves the groups of KIP-848, v10 names topics by id."""

from __future__ import annotations

from wire.api_keys import ApiKey
from wire.schema import (
    Message,
    Struct,
    array,
    int16,
    int32,
    int64,
    string,
    uuid,
)
from wire.uuids import ZERO_UUID


class OffsetCommitRequestPartition(Struct):
    partition_index: int = int32()
    committed_offset: int = int64()
    committed_leader_epoch: int = int32(since=6, default=-1)
    commit_timestamp: int = int64(since=1, until=1, default=-1)
    committed_metadata: str | None = string(null_since=0)


class OffsetCommitRequestTopic(Struct):
    name: str = string(until=9, default="")
    topic_id: bytes = uuid(since=10, default=ZERO_UUID)
    partitions: list[OffsetCommitRequestPartition] = array(OffsetCommitRequestPartition)


class OffsetCommitRequest(Message, api=ApiKey.OFFSET_COMMIT):
    group_id: str = string()
    generation_id_or_member_epoch: int = int32(since=1, default=-1)
    member_id: str = string(since=1, default="")
    group_instance_id: str | None = string(since=7, null_since=7, default=None)
    retention_time_ms: int = int64(since=2, until=4, default=-1)
    topics: list[OffsetCommitRequestTopic] = array(OffsetCommitRequestTopic)


class OffsetCommitResponsePartition(Struct):
    partition_index: int = int32()
    error_code: int = int16()


class OffsetCommitResponseTopic(Struct):
    name: str = string(until=9, default="")
    topic_id: bytes = uuid(since=10, default=ZERO_UUID)
    partitions: list[OffsetCommitResponsePartition] = array(OffsetCommitResponsePartition)


class OffsetCommitResponse(Message, api=ApiKey.OFFSET_COMMIT):
    throttle_time_ms: int = int32(since=3, default=0)
    topics: list[OffsetCommitResponseTopic] = array(OffsetCommitResponseTopic)
