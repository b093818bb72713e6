"""ReadShareGroupStateSummary: start offset and epochs of share-partitions (KIP-932).

v1 adds how many records are settled behind the start offset, from which lag is computed (KIP-1226).
Kafka 3.9 had an unstable v0 without leader_epoch in the answer."""

from __future__ import annotations

from wire.api_keys import ApiKey
from wire.schema import Message, Struct, array, int16, int32, int64, string, uuid


class PartitionData(Struct):
    partition: int = int32()
    leader_epoch: int = int32()


class ReadStateSummaryData(Struct):
    topic_id: bytes = uuid()
    partitions: list[PartitionData] = array(PartitionData)


class ReadShareGroupStateSummaryRequest(Message, api=ApiKey.READ_SHARE_GROUP_STATE_SUMMARY):
    group_id: str = string()
    topics: list[ReadStateSummaryData] = array(ReadStateSummaryData)


class PartitionResult(Struct):
    partition: int = int32()
    error_code: int = int16()
    error_message: str | None = string(null_since=0, default=None)
    state_epoch: int = int32()
    leader_epoch: int = int32()
    start_offset: int = int64()
    delivery_complete_count: int = int32(since=1, default=-1)


class ReadStateSummaryResult(Struct):
    topic_id: bytes = uuid()
    partitions: list[PartitionResult] = array(PartitionResult)


class ReadShareGroupStateSummaryResponse(Message, api=ApiKey.READ_SHARE_GROUP_STATE_SUMMARY):
    results: list[ReadStateSummaryResult] = array(ReadStateSummaryResult)
