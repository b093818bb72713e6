"""Share groups (KIP-932) in __consumer_offsets as constructs."""

from __future__ import annotations

from construct import Int8sb, Int32sb, Int64sb

from wire.inspection.coordinator_records import GroupKey, Kind, MemberKey
from wire.inspection.primitives import (
    CompactNullableString,
    Uuid,
    compact_array_of,
    flexible,
)

_MemberMetadata = flexible(
    "rack_id" / CompactNullableString,
    "client_id" / CompactNullableString,
    "client_host" / CompactNullableString,
    "subscribed_topic_names" / compact_array_of(CompactNullableString),
)
_Partitions = flexible("topic_id" / Uuid, "partitions" / compact_array_of(Int32sb))
_CurrentAssignment = flexible(
    "member_epoch" / Int32sb,
    "previous_member_epoch" / Int32sb,
    "state" / Int8sb,
    "assigned_partitions" / compact_array_of(_Partitions),
)
_NamedPartitions = flexible(
    "topic_id" / Uuid,
    "topic_name" / CompactNullableString,
    "partitions" / compact_array_of(Int32sb),
)
_StatePartitions = flexible(
    "initializing_topics" / compact_array_of(_NamedPartitions),
    "initialized_topics" / compact_array_of(_NamedPartitions),
    "deleting_topics"
    / compact_array_of(flexible("topic_id" / Uuid, "topic_name" / CompactNullableString)),
)

KINDS = {
    "share_group_member_metadata": Kind(10, MemberKey, [_MemberMetadata]),
    "share_group_metadata": Kind(
        11, GroupKey, [flexible("epoch" / Int32sb, "metadata_hash" / Int64sb)]
    ),
    "share_group_target_assignment_metadata": Kind(
        12, GroupKey, [flexible("assignment_epoch" / Int32sb, assignment_timestamp=Int64sb)]
    ),
    "share_group_target_assignment_member": Kind(
        13, MemberKey, [flexible("topic_partitions" / compact_array_of(_Partitions))]
    ),
    "share_group_current_member_assignment": Kind(14, MemberKey, [_CurrentAssignment]),
    "share_group_state_partition_metadata": Kind(15, GroupKey, [_StatePartitions]),
}
