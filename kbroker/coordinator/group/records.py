"""The records that groups and offsets write to ``__consumer_offsets``.

Value versions are those of Kafka 4.3.1 (GroupCoordinatorRecordHelpers), so that its tools read
them; older ones are read as well.
"""

from __future__ import annotations

from kbroker.coordinator.shard import CoordinatorRecord, RecordType
from wire.internal.consumer_offsets import (
    GroupMetadataKey,
    GroupMetadataValue,
    OffsetCommitKey,
    OffsetCommitValue,
)

GROUP_METADATA_VALUE_VERSION = 3
OFFSET_COMMIT_VALUE_VERSION = 4
# The only version with an expiry time of its own (OffsetCommit v2 to v4 can ask for one).
OFFSET_COMMIT_VALUE_VERSION_WITH_EXPIRY = 1

# 0 is the key of offset commits before Kafka 0.8.2's format 1; both have the same fields.
RECORD_TYPES = {
    0: RecordType(OffsetCommitKey, OffsetCommitValue),
    1: RecordType(OffsetCommitKey, OffsetCommitValue),
    2: RecordType(GroupMetadataKey, GroupMetadataValue),
}


def group_metadata_record(group_id: str, value: GroupMetadataValue) -> CoordinatorRecord:
    return CoordinatorRecord(GroupMetadataKey(group=group_id), value, GROUP_METADATA_VALUE_VERSION)


def new_group_record(group_id: str, now_ms: int) -> CoordinatorRecord:
    """The record of a classic group without members."""
    value = GroupMetadataValue(
        protocol_type="",
        generation=0,
        protocol=None,
        leader=None,
        current_state_timestamp=now_ms,
        members=[],
    )
    return group_metadata_record(group_id, value)


def group_tombstone(group_id: str) -> CoordinatorRecord:
    return CoordinatorRecord(GroupMetadataKey(group=group_id), None)


def offset_commit_record(
    group_id: str, topic: str, partition: int, value: OffsetCommitValue
) -> CoordinatorRecord:
    if value.expire_timestamp == -1:
        version = OFFSET_COMMIT_VALUE_VERSION
    else:
        version = OFFSET_COMMIT_VALUE_VERSION_WITH_EXPIRY
    key = OffsetCommitKey(group=group_id, topic=topic, partition=partition)
    return CoordinatorRecord(key, value, version)


def offset_tombstone(group_id: str, topic: str, partition: int) -> CoordinatorRecord:
    key = OffsetCommitKey(group=group_id, topic=topic, partition=partition)
    return CoordinatorRecord(key, None)
