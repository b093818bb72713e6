"""Compresses a batch in the codec of its topic (``compression.type``), where that is another."""

from __future__ import annotations

from storage.config import LogConfig
from wire.records import BatchBuilder, RecordBatch
from wire.records.batch import TRANSACTIONAL_MASK


def recompressed(batch: RecordBatch, config: LogConfig, max_decompressed_bytes: int) -> RecordBatch:
    """A new batch of the records of ``batch``, in the codec of its topic.

    Producer id, epoch and sequence stay; offsets start at 0, and the log sets them afterwards
    (Kafka's LogValidator.buildRecordsAndAssignOffsets). Raises CorruptBatch.
    """
    assert config.compression_type is not None
    builder = BatchBuilder(
        compression=config.compression_type,
        compression_level=config.compression_level,
        producer_id=batch.producer_id,
        producer_epoch=batch.producer_epoch,
        base_sequence=batch.base_sequence,
        is_transactional=bool(batch.attributes & TRANSACTIONAL_MASK),
    )
    for record in batch.records(max_decompressed_bytes):
        builder.append(record.timestamp, record.key, record.value, record.headers)
    return RecordBatch(builder.build())
