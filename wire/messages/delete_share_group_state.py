"""DeleteShareGroupState: the share coordinator forgets share-partitions (KIP-932)."""

from __future__ import annotations

from wire.api_keys import ApiKey
from wire.schema import Message, Struct, array, int16, int32, string, uuid


class PartitionData(Struct):
    partition: int = int32()


class DeleteStateData(Struct):
    topic_id: bytes = uuid()
    partitions: list[PartitionData] = array(PartitionData)


class DeleteShareGroupStateRequest(Message, api=ApiKey.DELETE_SHARE_GROUP_STATE):
    group_id: str = string()
    topics: list[DeleteStateData] = array(DeleteStateData)


class PartitionResult(Struct):
    partition: int = int32()
    error_code: int = int16()
    error_message: str | None = string(null_since=0, default=None)


class DeleteStateResult(Struct):
    topic_id: bytes = uuid()
    partitions: list[PartitionResult] = array(PartitionResult)


class DeleteShareGroupStateResponse(Message, api=ApiKey.DELETE_SHARE_GROUP_STATE):
    results: list[DeleteStateResult] = array(DeleteStateResult)
