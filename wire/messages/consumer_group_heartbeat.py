"""ConsumerGroupHeartbeat: a member of a KIP-848 group joins, stays, changes and leaves.

What did not change since the last heartbeat is sent as null. v1 subscribes by regular expressions
that the broker resolves, and the member chooses its own id (KIP-1082)."""

from __future__ import annotations

from wire.api_keys import ApiKey
from wire.schema import Message, Struct, array, int16, int32, string, struct, uuid


class TopicPartitions(Struct):
    topic_id: bytes = uuid()
    partitions: list[int] = array(int32)


class ConsumerGroupHeartbeatRequest(Message, api=ApiKey.CONSUMER_GROUP_HEARTBEAT):
    group_id: str = string()
    member_id: str = string()
    member_epoch: int = int32()
    instance_id: str | None = string(null_since=0, default=None)
    rack_id: str | None = string(null_since=0, default=None)
    rebalance_timeout_ms: int = int32(default=-1)
    subscribed_topic_names: list[str] | None = array(string, null_since=0, default=None)
    subscribed_topic_regex: str | None = string(since=1, null_since=1, default=None)
    server_assignor: str | None = string(null_since=0, default=None)
    topic_partitions: list[TopicPartitions] | None = array(
        TopicPartitions, null_since=0, default=None
    )


class Assignment(Struct):
    topic_partitions: list[TopicPartitions] = array(TopicPartitions)


class ConsumerGroupHeartbeatResponse(Message, api=ApiKey.CONSUMER_GROUP_HEARTBEAT):
    throttle_time_ms: int = int32(default=0)
    error_code: int = int16()
    error_message: str | None = string(null_since=0, default=None)
    member_id: str | None = string(null_since=0, default=None)
    member_epoch: int = int32()
    heartbeat_interval_ms: int = int32()
    assignment: Assignment | None = struct(Assignment, null_since=0, default=None)
