"""The stored records of classic groups and committed offsets as constructs."""

from __future__ import annotations

from typing import Any

from construct import Construct, If, Int16sb, Int32sb, Int64sb, Struct, Switch, this

from wire.inspection.primitives import (
    CompactLength,
    CompactNullableBytes,
    CompactNullableString,
    NullableBytes,
    NullableString,
    TaggedFields,
    array_of,
)

OFFSET_COMMIT, GROUP_METADATA = 1, 2

_OffsetKey = Struct("group" / NullableString, "topic" / NullableString, "partition" / Int32sb)
_GroupKey = Struct("group" / NullableString)
# Type 0 is what brokers before 0.9 wrote; its fields are those of type 1.
Key = Struct(
    "type" / Int16sb,
    "fields"
    / Switch(this.type, {0: _OffsetKey, OFFSET_COMMIT: _OffsetKey, GROUP_METADATA: _GroupKey}),
)


def _offset_commit(flexible: bool) -> Construct:
    text = CompactNullableString if flexible else NullableString
    return Struct(
        "offset" / Int64sb,
        "leader_epoch" / If(this._.version >= 3, Int32sb),
        "metadata" / text,
        "commit_timestamp" / Int64sb,
        "expire_timestamp" / If(this._.version == 1, Int64sb),
        "tagged_fields" / If(this._.version >= 4, TaggedFields),
    )


def _group_metadata(flexible: bool) -> Construct:
    text = CompactNullableString if flexible else NullableString
    blob = CompactNullableBytes if flexible else NullableBytes
    member = Struct(
        "member_id" / text,
        "group_instance_id" / If(this._root.version >= 3, text),
        "client_id" / text,
        "client_host" / text,
        "rebalance_timeout" / If(this._root.version >= 1, Int32sb),
        "session_timeout" / Int32sb,
        "subscription" / blob,
        "assignment" / blob,
        "tagged_fields" / If(this._root.version >= 4, TaggedFields),
    )
    return Struct(
        "protocol_type" / text,
        "generation" / Int32sb,
        "protocol" / text,
        "leader" / text,
        "current_state_timestamp" / If(this._root.version >= 2, Int64sb),
        "members" / array_of(member, CompactLength if flexible else Int32sb),
        "tagged_fields" / If(this._root.version >= 4, TaggedFields),
    )


def _value(fields: Any) -> Construct:
    """A version, and the fields that it has; v4 is the first flexible one."""
    return Struct(
        "version" / Int16sb,
        "fields" / Switch(this.version > 3, {False: fields(False), True: fields(True)}),
    )


VALUES = {0: _value(_offset_commit), OFFSET_COMMIT: _value(_offset_commit),
          GROUP_METADATA: _value(_group_metadata)}  # fmt: skip
