"""A batch packed anew, where a topic's ``compression.type`` is not the codec that it came in."""

from __future__ import annotations

from storage.config import LogConfig
from wire.records import BatchBuilder, RecordBatch
from wire.records.batch import TRANSACTIONAL_MASK


def needs_recompression(batch: RecordBatch, config: LogConfig) -> bool:
    """``compression.type=producer`` keeps every batch as it came."""
    target = config.compression_type
    return target is not None and target != batch.compression


def recompressed(batch: RecordBatch, config: LogConfig, max_decompressed_bytes: int) -> RecordBatch:
    """The records of ``batch`` in the codec of its topic, whose log is yet to stamp them.

    The producer's numbers stay, offsets are counted anew (Kafka's LogValidator,
    buildRecordsAndAssignOffsets). Raises CorruptBatch.
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
