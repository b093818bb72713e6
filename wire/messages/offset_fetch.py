"""OffsetFetch: what a group has committed.

v2 answers for all topics when none is named, v5 leader epochs, v7 waits for transactions when
asked (require_stable), v8 takes several groups, v9 checks members, v10 names topics by id."""

from __future__ import annotations

from wire.api_keys import ApiKey
from wire.schema import (
    Message,
    Struct,
    array,
    boolean,
    int16,
    int32,
    int64,
    string,
    uuid,
)
from wire.uuids import ZERO_UUID


class OffsetFetchRequestTopic(Struct):
    name: str = string()
    partition_indexes: list[int] = array(int32)


class OffsetFetchRequestTopics(Struct):
    name: str = string(until=9, default="")
    topic_id: bytes = uuid(since=10, default=ZERO_UUID)
    partition_indexes: list[int] = array(int32)


class OffsetFetchRequestGroup(Struct):
    group_id: str = string()
    member_id: str | None = string(since=9, null_since=9, default=None)
    member_epoch: int = int32(since=9, default=-1)
    topics: list[OffsetFetchRequestTopics] | None = array(OffsetFetchRequestTopics, null_since=8)


class OffsetFetchRequest(Message, api=ApiKey.OFFSET_FETCH):
    group_id: str = string(until=7, default="")
    topics: list[OffsetFetchRequestTopic] | None = array(
        OffsetFetchRequestTopic, until=7, null_since=2, default=[]
    )
    groups: list[OffsetFetchRequestGroup] = array(OffsetFetchRequestGroup, since=8, default=[])
    require_stable: bool = boolean(since=7, default=False)


class OffsetFetchResponsePartition(Struct):
    partition_index: int = int32()
    committed_offset: int = int64()
    committed_leader_epoch: int = int32(since=5, default=-1)
    metadata: str | None = string(null_since=0)
    error_code: int = int16()


class OffsetFetchResponseTopic(Struct):
    name: str = string()
    partitions: list[OffsetFetchResponsePartition] = array(OffsetFetchResponsePartition)


class OffsetFetchResponsePartitions(Struct):
    partition_index: int = int32()
    committed_offset: int = int64()
    committed_leader_epoch: int = int32(default=-1)
    metadata: str | None = string(null_since=8)
    error_code: int = int16()


class OffsetFetchResponseTopics(Struct):
    name: str = string(until=9, default="")
    topic_id: bytes = uuid(since=10, default=ZERO_UUID)
    partitions: list[OffsetFetchResponsePartitions] = array(OffsetFetchResponsePartitions)


class OffsetFetchResponseGroup(Struct):
    group_id: str = string()
    topics: list[OffsetFetchResponseTopics] = array(OffsetFetchResponseTopics)
    error_code: int = int16(default=0)


class OffsetFetchResponse(Message, api=ApiKey.OFFSET_FETCH):
    throttle_time_ms: int = int32(since=3, default=0)
    topics: list[OffsetFetchResponseTopic] = array(OffsetFetchResponseTopic, until=7, default=[])
    error_code: int = int16(since=2, until=7, default=0)
    groups: list[OffsetFetchResponseGroup] = array(OffsetFetchResponseGroup, since=8, default=[])
