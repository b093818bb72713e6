"""The records of __share_group_state (KIP-932) as constructs."""

from __future__ import annotations

from construct import Enum, Int8sb, Int16sb, Int32sb, Int64sb, Struct

from wire.inspection.coordinator_records import Kind
from wire.inspection.primitives import NullableString, Uuid, compact_array_of, flexible

_SharePartition = Struct("group_id" / NullableString, "topic_id" / Uuid, "partition" / Int32sb)
_StateBatch = flexible(
    "first_offset" / Int64sb,
    "last_offset" / Int64sb,
    "delivery_state" / Enum(Int8sb, available=0, acquired=1, acknowledged=2, archived=4),
    "delivery_count" / Int16sb,
)
_Snapshot = flexible(
    "snapshot_epoch" / Int32sb,
    "state_epoch" / Int32sb,
    "leader_epoch" / Int32sb,
    "start_offset" / Int64sb,
    "create_timestamp" / Int64sb,
    "write_timestamp" / Int64sb,
    "state_batches" / compact_array_of(_StateBatch),
    delivery_complete_count=Int32sb,
)
_Update = flexible(
    "snapshot_epoch" / Int32sb,
    "leader_epoch" / Int32sb,
    "start_offset" / Int64sb,
    "state_batches" / compact_array_of(_StateBatch),
    delivery_complete_count=Int32sb,
)

KINDS = {
    "share_snapshot": Kind(0, _SharePartition, [_Snapshot]),
    "share_update": Kind(1, _SharePartition, [_Update]),
}
