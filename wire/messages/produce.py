"""Produce: one batch of records for each of some partitions.

v3 takes batches of magic 2 and transactional ids, v7 zstd, v8 answers with errors of single
records, v10 with the current leader, v12 adds partitions to transactions by itself (KIP-890),
v13 names topics by id."""

from __future__ import annotations

from typing import Any

from wire.api_keys import ApiKey
from wire.schema import (
    Message,
    Struct,
    array,
    int16,
    int32,
    int64,
    raw_records,
    string,
    struct,
    uuid,
)
from wire.uuids import ZERO_UUID


class PartitionProduceData(Struct):
    index: int = int32()
    records: Any = raw_records(null_since=0)


class TopicProduceData(Struct):
    name: str = string(until=12, default="")
    topic_id: bytes = uuid(since=13, default=ZERO_UUID)
    partition_data: list[PartitionProduceData] = array(PartitionProduceData)


class ProduceRequest(Message, api=ApiKey.PRODUCE):
    transactional_id: str | None = string(since=3, null_since=3, default=None)
    acks: int = int16()
    timeout_ms: int = int32()
    topic_data: list[TopicProduceData] = array(TopicProduceData)


class BatchIndexAndErrorMessage(Struct):
    batch_index: int = int32()
    batch_index_error_message: str | None = string(null_since=8, default=None)


class LeaderIdAndEpoch(Struct):
    leader_id: int = int32(default=-1)
    leader_epoch: int = int32(default=-1)


class PartitionProduceResponse(Struct):
    index: int = int32()
    error_code: int = int16()
    base_offset: int = int64()
    log_append_time_ms: int = int64(since=2, default=-1)
    log_start_offset: int = int64(since=5, default=-1)
    record_errors: list[BatchIndexAndErrorMessage] = array(
        BatchIndexAndErrorMessage, since=8, default=[]
    )
    error_message: str | None = string(since=8, null_since=8, default=None)
    current_leader: LeaderIdAndEpoch = struct(
        LeaderIdAndEpoch, since=10, tag=0, default_factory=LeaderIdAndEpoch
    )


class TopicProduceResponse(Struct):
    name: str = string(until=12, default="")
    topic_id: bytes = uuid(since=13, default=ZERO_UUID)
    partition_responses: list[PartitionProduceResponse] = array(PartitionProduceResponse)


class NodeEndpoint(Struct):
    node_id: int = int32()
    host: str = string()
    port: int = int32()
    rack: str | None = string(null_since=10, default=None)


class ProduceResponse(Message, api=ApiKey.PRODUCE):
    responses: list[TopicProduceResponse] = array(TopicProduceResponse)
    throttle_time_ms: int = int32(since=1, default=0)
    node_endpoints: list[NodeEndpoint] = array(NodeEndpoint, since=10, tag=0, default=[])
