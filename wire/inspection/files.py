"""The small files beside a segment, as constructs: indexes and producer snapshots."""

from __future__ import annotations

from construct import GreedyRange, Int16sb, Int32sb, Int32ub, Int64sb, Struct

from wire.inspection.primitives import array_of

# Offsets in .index and .timeindex count from the base offset in the file's name.
OffsetIndex = GreedyRange(Struct("relative_offset" / Int32sb, "position" / Int32sb))
TimeIndex = GreedyRange(Struct("timestamp" / Int64sb, "relative_offset" / Int32sb))
TransactionIndex = GreedyRange(
    Struct(
        "version" / Int16sb,
        "producer_id" / Int64sb,
        "first_offset" / Int64sb,
        "last_offset" / Int64sb,
        "last_stable_offset" / Int64sb,
    )
)
ProducerSnapshot = Struct(
    "version" / Int16sb,
    "crc" / Int32ub,
    "producers"
    / array_of(
        Struct(
            "producer_id" / Int64sb,
            "producer_epoch" / Int16sb,
            "last_sequence" / Int32sb,
            "last_offset" / Int64sb,
            "offset_delta" / Int32sb,
            "timestamp" / Int64sb,
            "coordinator_epoch" / Int32sb,
            "current_txn_first_offset" / Int64sb,
        )
    ),
)
