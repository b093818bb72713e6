"""What members of a classic "consumer" group put into the opaque bytes of JoinGroup and SyncGroup.

Each blob is an int16 version and the fields of that version; a reader takes a newer version for the
newest it knows and ignores what follows."""

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
