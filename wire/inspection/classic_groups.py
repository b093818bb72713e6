"""Committed offsets and classic groups in __consumer_offsets as constructs."""

from __future__ import annotations

from construct import Construct, If, Int32sb, Int64sb, Struct

from wire.inspection.coordinator_records import Kind
from wire.inspection.primitives import (
    CompactLength,
    CompactNullableBytes,
    CompactNullableString,
    NullableBytes,
    NullableString,
    Uuid,
    array_of,
    tagged,
)

_FIRST_FLEXIBLE = 4


def _offset_commit(version: int) -> Construct:
    flexible = version >= _FIRST_FLEXIBLE
    return Struct(
        "offset" / Int64sb,
        "leader_epoch" / If(version >= 3, Int32sb),
        "metadata" / (CompactNullableString if flexible else NullableString),
        "commit_timestamp" / Int64sb,
        "expire_timestamp" / If(version == 1, Int64sb),
        "tagged_fields" / If(flexible, tagged(topic_id=Uuid)),
    )


def _group_metadata(version: int) -> Construct:
    flexible = version >= _FIRST_FLEXIBLE
    text = CompactNullableString if flexible else NullableString
    blob = CompactNullableBytes if flexible else NullableBytes
    member = Struct(
        "member_id" / text,
        "group_instance_id" / If(version >= 3, text),
        "client_id" / text,
        "client_host" / text,
        "rebalance_timeout" / If(version >= 1, Int32sb),
        "session_timeout" / Int32sb,
        "subscription" / blob,
        "assignment" / blob,
        "tagged_fields" / If(flexible, tagged()),
    )
    return Struct(
        "protocol_type" / text,
        "generation" / Int32sb,
        "protocol" / text,
        "leader" / text,
        "current_state_timestamp" / If(version >= 2, Int64sb),
        "members" / array_of(member, CompactLength if flexible else Int32sb),
        "tagged_fields" / If(flexible, tagged()),
    )


_OffsetKey = Struct("group" / NullableString, "topic" / NullableString, "partition" / Int32sb)

KINDS = {
    # Written by brokers before 0.9.
    "legacy_offset_commit": Kind(0, _OffsetKey, [_offset_commit(0)]),
    "offset_commit": Kind(1, _OffsetKey, [_offset_commit(version) for version in range(5)]),
    "group_metadata": Kind(
        2, Struct("group" / NullableString), [_group_metadata(version) for version in range(5)]
    ),
}
