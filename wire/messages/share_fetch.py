"""ShareFetch: acquires records for a member of a share group, and settles earlier ones (KIP-932).

v0 was the early access of Kafka 4.0 and never stable; it counted bytes. v1 counts records and tells
the acquisition lock's duration, v2 acquires by a mode (KIP-1206) and renews locks (KIP-1222)."""

from __future__ import annotations

from typing import Any

from wire.api_keys import ApiKey
from wire.integers import MAX_INT32
from wire.schema import (
    Message,
    Struct,
    array,
    boolean,
    int8,
    int16,
    int32,
    int64,
    raw_records,
    string,
    struct,
    uuid,
)


class AcknowledgementBatch(Struct):
    first_offset: int = int64()
    last_offset: int = int64()
    acknowledge_types: list[int] = array(int8)


class FetchPartition(Struct):
    partition_index: int = int32()
    partition_max_bytes: int = int32(until=0, default=0)
    acknowledgement_batches: list[AcknowledgementBatch] = array(AcknowledgementBatch)


class FetchTopic(Struct):
    topic_id: bytes = uuid()
    partitions: list[FetchPartition] = array(FetchPartition)


class ForgottenTopic(Struct):
    topic_id: bytes = uuid()
    partitions: list[int] = array(int32)


class ShareFetchRequest(Message, api=ApiKey.SHARE_FETCH):
    group_id: str | None = string(null_since=0, default=None)
    member_id: str | None = string(null_since=0)
    share_session_epoch: int = int32()
    max_wait_ms: int = int32()
    min_bytes: int = int32()
    max_bytes: int = int32(default=MAX_INT32)
    max_records: int = int32(since=1, default=0)
    batch_size: int = int32(since=1, default=0)
    share_acquire_mode: int = int8(since=2, default=0)
    is_renew_ack: bool = boolean(since=2, default=False)
    topics: list[FetchTopic] = array(FetchTopic)
    forgotten_topics_data: list[ForgottenTopic] = array(ForgottenTopic)


class LeaderIdAndEpoch(Struct):
    leader_id: int = int32()
    leader_epoch: int = int32()


class AcquiredRecords(Struct):
    first_offset: int = int64()
    last_offset: int = int64()
    delivery_count: int = int16()


class PartitionData(Struct):
    partition_index: int = int32()
    error_code: int = int16()
    error_message: str | None = string(null_since=0, default=None)
    acknowledge_error_code: int = int16()
    acknowledge_error_message: str | None = string(null_since=0, default=None)
    current_leader: LeaderIdAndEpoch = struct(LeaderIdAndEpoch)
    records: Any = raw_records(null_since=0, null_until=0)
    acquired_records: list[AcquiredRecords] = array(AcquiredRecords)


class ShareFetchableTopicResponse(Struct):
    topic_id: bytes = uuid()
    partitions: list[PartitionData] = array(PartitionData)


class NodeEndpoint(Struct):
    node_id: int = int32()
    host: str = string()
    port: int = int32()
    rack: str | None = string(null_since=0, default=None)


class ShareFetchResponse(Message, api=ApiKey.SHARE_FETCH):
    throttle_time_ms: int = int32(default=0)
    error_code: int = int16()
    error_message: str | None = string(null_since=0, default=None)
    acquisition_lock_timeout_ms: int = int32(since=1, default=0)
    responses: list[ShareFetchableTopicResponse] = array(ShareFetchableTopicResponse)
    node_endpoints: list[NodeEndpoint] = array(NodeEndpoint)
