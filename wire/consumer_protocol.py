"""The contents of JoinGroup's and SyncGroup's opaque bytes in classic groups of type "consumer".

They are an int16 version and the fields of that version. Newer versions are read as the newest
known one; further bytes are ignored.
"""

from __future__ import annotations

from wire.schema import Message, Struct, array, binary, int32, string


class TopicPartition(Struct):
    topic: str = string()
    partitions: list[int] = array(int32)


class ConsumerProtocolSubscription(Message, versions=(0, 3)):
    topics: list[str] = array(string)
    user_data: bytes | None = binary(null_since=0, default=None)
    owned_partitions: list[TopicPartition] = array(TopicPartition, since=1, default=[])
    generation_id: int = int32(since=2, default=-1)
    rack_id: str | None = string(since=3, null_since=3, default=None)


class ConsumerProtocolAssignment(Message, versions=(0, 3)):
    assigned_partitions: list[TopicPartition] = array(TopicPartition)
    user_data: bytes | None = binary(null_since=0, default=None)
