"""The records of __transaction_state (KIP-98, KIP-890) as constructs."""

from __future__ import annotations

from construct import Construct, Enum, If, Int8sb, Int16sb, Int32sb, Int64sb, Struct

from wire.inspection.coordinator_records import Kind
from wire.inspection.primitives import (
    CompactLength,
    CompactNullableString,
    NullableString,
    array_of,
    tagged,
)

TransactionStatus = Enum(
    Int8sb, empty=0, ongoing=1, prepare_commit=2, prepare_abort=3, complete_commit=4,
    complete_abort=5, dead=6, prepare_epoch_fence=7,
)  # fmt: skip


def _transaction(version: int) -> Construct:
    flexible = version >= 1
    length = CompactLength if flexible else Int32sb
    partitions = Struct(
        "topic" / (CompactNullableString if flexible else NullableString),
        "partition_ids" / array_of(Int32sb, length),
        "tagged_fields" / If(flexible, tagged()),
    )
    return Struct(
        "producer_id" / Int64sb,
        "producer_epoch" / Int16sb,
        "transaction_timeout_ms" / Int32sb,
        "transaction_status" / TransactionStatus,
        "transaction_partitions" / array_of(partitions, length),
        "transaction_last_update_timestamp_ms" / Int64sb,
        "transaction_start_timestamp_ms" / Int64sb,
        "tagged_fields"
        / If(
            flexible,
            tagged(
                previous_producer_id=Int64sb,
                next_producer_id=Int64sb,
                client_transaction_version=Int16sb,
                next_producer_epoch=Int16sb,
            ),
        ),
    )


KINDS = {
    "transaction_log": Kind(
        0, Struct("transactional_id" / NullableString), [_transaction(0), _transaction(1)]
    )
}
