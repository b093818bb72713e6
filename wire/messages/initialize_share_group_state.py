"""InitializeShareGroupState: the share coordinator starts to keep a share-partition (KIP-932).

A group coordinator sends it to the broker that keeps the state."""

from __future__ import annotations

from wire.api_keys import ApiKey
from wire.schema import Message, Struct, array, int16, int32, int64, string, uuid


class PartitionData(Struct):
    partition: int = int32()
    state_epoch: int = int32()
    start_offset: int = int64()


class InitializeStateData(Struct):
    topic_id: bytes = uuid()
    partitions: list[PartitionData] = array(PartitionData)


class InitializeShareGroupStateRequest(Message, api=ApiKey.INITIALIZE_SHARE_GROUP_STATE):
    group_id: str = string()
    topics: list[InitializeStateData] = array(InitializeStateData)


class PartitionResult(Struct):
    partition: int = int32()
    error_code: int = int16()
    error_message: str | None = string(null_since=0, default=None)


class InitializeStateResult(Struct):
    topic_id: bytes = uuid()
    partitions: list[PartitionResult] = array(PartitionResult)


class InitializeShareGroupStateResponse(Message, api=ApiKey.INITIALIZE_SHARE_GROUP_STATE):
    results: list[InitializeStateResult] = array(InitializeStateResult)
