"""Kafka's records: batches of format v2, older message sets, compression, control records."""

from wire.records.batch import (
    Record,
    RecordBatch,
    TimestampType,
    check_record_chain,
    patch_max_timestamp,
    patch_offset_and_epoch,
)
from wire.records.builder import BatchBuilder

__all__ = [
    "BatchBuilder",
    "Record",
    "RecordBatch",
    "TimestampType",
    "check_record_chain",
    "patch_max_timestamp",
    "patch_offset_and_epoch",
]
