"""Streams groups (KIP-1071) in __consumer_offsets as constructs."""

from __future__ import annotations

from construct import Int8sb, Int16sb, Int16ub, Int32sb, Int64sb

from wire.inspection.coordinator_records import GroupKey, Kind, MemberKey
from wire.inspection.primitives import (
    CompactNullableString,
    compact_array_of,
    flexible,
    nullable,
)

_KeyValue = flexible("key" / CompactNullableString, "value" / CompactNullableString)
_Metadata = flexible(
    "epoch" / Int32sb,
    "metadata_hash" / Int64sb,
    validated_topology_epoch=Int32sb,
    last_assignment_configs=compact_array_of(_KeyValue),
    stored_description_topology_epoch=Int32sb,
    failed_description_topology_epoch=Int32sb,
)
_MemberMetadata = flexible(
    "instance_id" / CompactNullableString,
    "rack_id" / CompactNullableString,
    "client_id" / CompactNullableString,
    "client_host" / CompactNullableString,
    "rebalance_timeout_ms" / Int32sb,
    "topology_epoch" / Int32sb,
    "process_id" / CompactNullableString,
    "user_endpoint" / nullable(flexible("host" / CompactNullableString, "port" / Int16ub)),
    "client_tags" / compact_array_of(_KeyValue),
)
_Tasks = flexible(
    "subtopology_id" / CompactNullableString, "partitions" / compact_array_of(Int32sb)
)
_TargetAssignment = flexible(
    "active_tasks" / compact_array_of(_Tasks),
    "standby_tasks" / compact_array_of(_Tasks),
    "warmup_tasks" / compact_array_of(_Tasks),
)
_OwnedTasks = flexible(
    "subtopology_id" / CompactNullableString,
    "partitions" / compact_array_of(Int32sb),
    assignment_epochs=compact_array_of(Int32sb),
)
_CurrentAssignment = flexible(
    "member_epoch" / Int32sb,
    "previous_member_epoch" / Int32sb,
    "state" / Int8sb,
    "active_tasks" / compact_array_of(_OwnedTasks),
    "standby_tasks" / compact_array_of(_OwnedTasks),
    "warmup_tasks" / compact_array_of(_OwnedTasks),
    "active_tasks_pending_revocation" / compact_array_of(_OwnedTasks),
    "standby_tasks_pending_revocation" / compact_array_of(_OwnedTasks),
    "warmup_tasks_pending_revocation" / compact_array_of(_OwnedTasks),
)
_InternalTopic = flexible(
    "name" / CompactNullableString,
    "partitions" / Int32sb,
    "replication_factor" / Int16sb,
    "topic_configs" / compact_array_of(_KeyValue),
)
# The numbers are indexes into the lists of topics of their subtopology.
_CopartitionGroup = flexible(
    "source_topics" / compact_array_of(Int16sb),
    "source_topic_regex" / compact_array_of(Int16sb),
    "repartition_source_topics" / compact_array_of(Int16sb),
)
_Subtopology = flexible(
    "subtopology_id" / CompactNullableString,
    "source_topics" / compact_array_of(CompactNullableString),
    "source_topic_regex" / compact_array_of(CompactNullableString),
    "state_changelog_topics" / compact_array_of(_InternalTopic),
    "repartition_sink_topics" / compact_array_of(CompactNullableString),
    "repartition_source_topics" / compact_array_of(_InternalTopic),
    "copartition_groups" / compact_array_of(_CopartitionGroup),
)

KINDS = {
    "streams_group_metadata": Kind(17, GroupKey, [_Metadata]),
    "streams_group_member_metadata": Kind(19, MemberKey, [_MemberMetadata]),
    "streams_group_target_assignment_metadata": Kind(
        20, GroupKey, [flexible("assignment_epoch" / Int32sb, assignment_timestamp=Int64sb)]
    ),
    "streams_group_target_assignment_member": Kind(21, MemberKey, [_TargetAssignment]),
    "streams_group_current_member_assignment": Kind(22, MemberKey, [_CurrentAssignment]),
    "streams_group_topology": Kind(
        23,
        GroupKey,
        [flexible("epoch" / Int32sb, "subtopologies" / compact_array_of(_Subtopology))],
    ),
}
