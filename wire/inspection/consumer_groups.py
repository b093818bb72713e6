"""Consumer groups (KIP-848) in __consumer_offsets as constructs."""

from __future__ import annotations

from construct import Int8sb, Int32sb, Int64sb, Struct

from wire.inspection.coordinator_records import GroupKey, Kind, MemberKey
from wire.inspection.primitives import (
    CompactNullableBytes,
    CompactNullableString,
    NullableString,
    Uuid,
    compact_array_of,
    flexible,
    nullable_tagged,
)

_ClassicMember = flexible(
    "session_timeout_ms" / Int32sb,
    "supported_protocols"
    / compact_array_of(flexible("name" / CompactNullableString, "metadata" / CompactNullableBytes)),
)
_MemberMetadata = flexible(
    "instance_id" / CompactNullableString,
    "rack_id" / CompactNullableString,
    "client_id" / CompactNullableString,
    "client_host" / CompactNullableString,
    "subscribed_topic_names" / compact_array_of(CompactNullableString),
    "subscribed_topic_regex" / CompactNullableString,
    "rebalance_timeout_ms" / Int32sb,
    "server_assignor" / CompactNullableString,
    classic_member_metadata=nullable_tagged(_ClassicMember),
)
_TopicRacks = flexible(
    "topic_id" / Uuid,
    "topic_name" / CompactNullableString,
    "num_partitions" / Int32sb,
    "partition_metadata"
    / compact_array_of(
        flexible("partition" / Int32sb, "racks" / compact_array_of(CompactNullableString))
    ),
)
_Target = flexible("topic_id" / Uuid, "partitions" / compact_array_of(Int32sb))
_Owned = flexible(
    "topic_id" / Uuid,
    "partitions" / compact_array_of(Int32sb),
    assignment_epochs=compact_array_of(Int32sb),
)
_CurrentAssignment = flexible(
    "member_epoch" / Int32sb,
    "previous_member_epoch" / Int32sb,
    "state" / Int8sb,
    "assigned_partitions" / compact_array_of(_Owned),
    "partitions_pending_revocation" / compact_array_of(_Owned),
)
_RegularExpressionKey = Struct("group_id" / NullableString, "regular_expression" / NullableString)
_RegularExpression = flexible(
    "topics" / compact_array_of(CompactNullableString),
    "version" / Int64sb,
    "timestamp" / Int64sb,
)

KINDS = {
    "consumer_group_metadata": Kind(
        3, GroupKey, [flexible("epoch" / Int32sb, metadata_hash=Int64sb)]
    ),
    # Before Kafka 4.1; since then the group has a hash of the racks.
    "consumer_group_partition_metadata": Kind(
        4, GroupKey, [flexible("topics" / compact_array_of(_TopicRacks))]
    ),
    "consumer_group_member_metadata": Kind(5, MemberKey, [_MemberMetadata]),
    "consumer_group_target_assignment_metadata": Kind(
        6, GroupKey, [flexible("assignment_epoch" / Int32sb, assignment_timestamp=Int64sb)]
    ),
    "consumer_group_target_assignment_member": Kind(
        7, MemberKey, [flexible("topic_partitions" / compact_array_of(_Target))]
    ),
    "consumer_group_current_member_assignment": Kind(8, MemberKey, [_CurrentAssignment]),
    "consumer_group_regular_expression": Kind(16, _RegularExpressionKey, [_RegularExpression]),
}
