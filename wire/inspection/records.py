"""Record batches (v2), message sets (v0, v1) and control records as constructs."""

from __future__ import annotations

from typing import Any

from construct import (
    Array,
    BitsInteger,
    BitStruct,
    Bytes,
    Construct,
    Enum,
    Flag,
    FocusedSeq,
    If,
    Int8sb,
    Int16sb,
    Int32sb,
    Int32ub,
    Int64sb,
    Padding,
    Peek,
    Rebuild,
    Struct,
    Switch,
    ZigZag,
    len_,
    this,
)

from wire.inspection.primitives import NullableBytes, VarintBytes, VarintString
from wire.records.compression import decompress

Codec = {"none": 0, "gzip": 1, "snappy": 2, "lz4": 3, "zstd": 4}

# Bits from the top: 9 unused, then what KIP-98, KIP-32 and KIP-35 gave a meaning.
BatchAttributes = BitStruct(
    Padding(9),
    "has_delete_horizon" / Flag,
    "is_control" / Flag,
    "is_transactional" / Flag,
    "is_log_append_time" / Flag,
    "compression" / Enum(BitsInteger(3), **Codec),
)
MessageAttributes = BitStruct(
    Padding(4),
    "is_log_append_time" / Flag,
    "compression" / Enum(BitsInteger(3), **Codec),
)

RecordHeader = Struct("key" / VarintString, "value" / VarintBytes)

Record = Struct(
    "length" / ZigZag,
    "attributes" / Int8sb,
    "timestamp_delta" / ZigZag,
    "offset_delta" / ZigZag,
    "key" / VarintBytes,
    "value" / VarintBytes,
    "headers"
    / FocusedSeq(
        "items",
        "count" / Rebuild(ZigZag, len_(this.items)),
        "items" / Array(this.count, RecordHeader),
    ),
)

_HEADER_BEHIND_LENGTH = 49

RecordBatch = Struct(
    "base_offset" / Int64sb,
    "batch_length" / Int32sb,
    "partition_leader_epoch" / Int32sb,
    "magic" / Int8sb,
    "crc" / Int32ub,
    "attributes" / BatchAttributes,
    "last_offset_delta" / Int32sb,
    "base_timestamp" / Int64sb,
    "max_timestamp" / Int64sb,
    "producer_id" / Int64sb,
    "producer_epoch" / Int16sb,
    "base_sequence" / Int32sb,
    "record_count" / Int32sb,
    "body" / Bytes(this.batch_length - _HEADER_BEHIND_LENGTH),
)

Message = Struct(
    "offset" / Int64sb,
    "message_size" / Int32sb,
    "crc" / Int32ub,
    "magic" / Int8sb,
    "attributes" / MessageAttributes,
    "timestamp" / If(this.magic > 0, Int64sb),
    "key" / NullableBytes,
    "value" / NullableBytes,
)

_Prefix = Struct(
    "base_offset" / Int64sb, "length" / Int32sb, "leader_epoch_or_crc" / Int32sb, "magic" / Int8sb
)
# None where the bytes have another magic, or are too few to have one.
Entry: Construct = FocusedSeq(
    "entry",
    "prefix" / Peek(_Prefix),
    "entry"
    / Switch(
        lambda this: this.prefix and this.prefix.magic, {0: Message, 1: Message, 2: RecordBatch}
    ),
)

ControlRecordKey = Struct(
    "version" / Int16sb,
    "type"
    / Enum(
        Int16sb, abort=0, commit=1, leader_change=2, snapshot_header=3, snapshot_footer=4,
        kraft_version=5, kraft_voters=6,
    ),
)  # fmt: skip
EndTransactionMarker = Struct("version" / Int16sb, "coordinator_epoch" / Int32sb)


def records_of(batch: Any) -> list[Any]:
    """The records of a parsed v2 batch, decompressed where they are compressed."""
    codec = Codec[str(batch.attributes.compression)]
    body = bytes(decompress(codec, batch.body)) if codec else batch.body
    found: list[Any] = Array(batch.record_count, Record).parse(body)
    return found
