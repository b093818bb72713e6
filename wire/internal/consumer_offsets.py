"""Keys and values of committed offsets and classic groups in __consumer_offsets.

A stored key is an int16 record type and the key's fields, a stored value an int16 version and the
value's fields (stored.py); a null value is a tombstone. Record type 0 are offsets of old brokers.
Groups of the newer kinds stand in consumer_, share_ and streams_group_records.py."""

from __future__ import annotations

from wire.schema import (
    Message,
    Struct,
    array,
    binary,
    int32,
    int64,
    string,
    uuid,
)
from wire.uuids import ZERO_UUID


class LegacyOffsetCommitKey(Message, record_type=0, versions=(0, 0)):
    group: str = string()
    topic: str = string()
    partition: int = int32()


class LegacyOffsetCommitValue(Message, versions=(0, 0)):
    offset: int = int64()
    metadata: str = string()
    commit_timestamp: int = int64()


class OffsetCommitKey(Message, record_type=1, versions=(0, 0)):
    group: str = string()
    topic: str = string()
    partition: int = int32()


class OffsetCommitValue(Message, versions=(0, 4), flexible=4):
    offset: int = int64()
    leader_epoch: int = int32(since=3, default=-1)
    metadata: str = string()
    commit_timestamp: int = int64()
    expire_timestamp: int = int64(since=1, until=1, default=-1)
    topic_id: bytes = uuid(since=4, tag=0, default=ZERO_UUID)


class GroupMetadataKey(Message, record_type=2, versions=(0, 0)):
    group: str = string()


class MemberMetadata(Struct):
    member_id: str = string()
    group_instance_id: str | None = string(since=3, null_since=3, default=None)
    client_id: str = string()
    client_host: str = string()
    rebalance_timeout: int = int32(since=1, default=-1)
    session_timeout: int = int32()
    subscription: bytes = binary()
    assignment: bytes = binary()


class GroupMetadataValue(Message, versions=(0, 4), flexible=4):
    protocol_type: str = string()
    generation: int = int32()
    protocol: str | None = string(null_since=0)
    leader: str | None = string(null_since=0)
    current_state_timestamp: int = int64(since=2, default=-1)
    members: list[MemberMetadata] = array(MemberMetadata)
