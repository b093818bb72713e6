"""Kafka's records: batches of format v2, older message sets, compression, control records."""

from wire.records.batch import (
    Batch,
    Record,
    RecordBatch,
    TimestampType,
    batches,
    check_record_chain,
    parse_batch,
    patch_max_timestamp,
    patch_offset_and_epoch,
)
from wire.records.builder import BatchBuilder

__all__ = [
    "Batch",
    "BatchBuilder",
    "Record",
    "RecordBatch",
    "TimestampType",
    "batches",
    "check_record_chain",
    "parse_batch",
    "patch_max_timestamp",
    "patch_offset_and_epoch",
]
