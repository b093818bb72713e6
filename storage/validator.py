"""Which produced batches a log accepts, as Kafka's LogValidator and UnifiedLog decide.

Kafka opens every batch and walks its records. Here the header, the checksum and, when the batch is
uncompressed, the chain of record lengths are always checked; records are decoded only when a
setting of the topic needs it, or the header's timestamps cannot prove the limits.
"""

from __future__ import annotations

from storage.config import LogConfig
from storage.errors import (
    InvalidRecord,
    InvalidTimestamp,
    NotOneBatch,
    RecordTooLarge,
    UnknownCompression,
)
from storage.recompression import recompressed
from storage.results import AppendOrigin
from wire.errors import CorruptBatch
from wire.integers import MAX_INT64
from wire.records import RecordBatch, TimestampType, check_record_chain
from wire.records.batch import (
    COMPRESSION_MASK,
    CONTROL_MASK,
    HEADER_SIZE,
    LOG_OVERHEAD,
    MAGIC_POSITION,
    NEWEST_MAGIC,
    NO_PRODUCER_ID,
    NO_TIMESTAMP,
    TIMESTAMP_TYPE_MASK,
    Buffer,
    Record,
    batch_size,
)
from wire.records.compression import LAST_CODEC, Compression

_CREATE_TIME = TimestampType.CREATE_TIME
# The first bytes of gzip, lz4 and zstd (RFC 1952, LZ4 frame format, RFC 8878). Nothing else of a
# compressed body is checked, while Kafka decompresses every batch.
_CODEC_MAGIC: dict[int, bytes] = {
    Compression.GZIP: b"\x1f\x8b",
    Compression.LZ4: b"\x04\x22\x4d\x18",
    Compression.ZSTD: b"\x28\xb5\x2f\xfd",
}

# While records are decoded the loop serves no other client. So a compressed batch may hold no more
# records than an uncompressed one of the allowed size could, and may expand only to a multiple of
# that size. Kafka has other threads for other clients, and no such limits.
_SMALLEST_RECORD_BYTES = 7
_BEST_RATIO = 32
_LEAST_SIZE_LIMIT = 1 << 20
# How many errors of records are listed; Kafka lists all.
_MOST_ERRORS = 1000


def only_batch(records: Buffer) -> RecordBatch:
    """The one v2 batch in ``records``; bytes after it that are no whole batch are ignored.

    Raises NotOneBatch unless there is exactly one batch and its magic is 2 (Kafka's
    ProduceRequest.validateRecords), CorruptBatch when lengths or magic make no sense.
    """
    size = batch_size(records)
    if size is None:
        raise NotOneBatch("there is no whole record batch")
    magic = records[MAGIC_POSITION]
    if magic != NEWEST_MAGIC:
        raise NotOneBatch(f"the record batch has magic {magic}, not {NEWEST_MAGIC}")
    if size != len(records) and batch_size(records, size) is not None:
        raise NotOneBatch("there is more than one record batch")
    return RecordBatch(records)


def validate(
    batch: RecordBatch, config: LogConfig, origin: AppendOrigin, now_ms: int, partition: str
) -> RecordBatch:
    """Checks ``batch`` and sets the timestamps in its header where Kafka does.

    The batch to append: this one, or its records in the codec that the topic asks for.
    ``partition`` ("topic-0") appears in the messages that clients see.

    Raises CorruptBatch, InvalidRecord, InvalidTimestamp, RecordTooLarge, UnknownCompression.
    """
    if origin is AppendOrigin.CLIENT and batch.base_offset != 0:
        raise InvalidRecord(f"the base offset is {batch.base_offset}, not 0")
    size = batch.batch_length + LOG_OVERHEAD
    if size > config.max_message_bytes:
        raise _too_large(size, config)
    if origin is AppendOrigin.CLIENT:
        batch.verify_crc()
        _check_client_header(batch)
        target = config.compression_type
        if target is not None and target != batch.compression:
            _walk_records(batch, config, now_ms, partition)
            batch = recompressed(batch, config, _expanded_limit(config))
            if batch.size > config.max_message_bytes:
                raise _too_large(batch.size, config)
        else:
            _check_records(batch, size, config, now_ms, partition)
    if config.message_timestamp_type is not _CREATE_TIME:
        batch.set_max_timestamp(config.message_timestamp_type, now_ms)
    return batch


def _too_large(size: int, config: LogConfig) -> RecordTooLarge:
    return RecordTooLarge(f"the batch has {size} bytes, and {config.max_message_bytes} are allowed")


def _expanded_limit(config: LogConfig) -> int:
    """How many bytes a compressed batch may expand to."""
    return max(config.max_message_bytes, _LEAST_SIZE_LIMIT) * _BEST_RATIO


def _check_client_header(batch: RecordBatch) -> None:
    """In the order of Kafka's LogValidator, which unpacks the records last."""
    if batch.attributes & COMPRESSION_MASK > LAST_CODEC:
        raise UnknownCompression(f"unknown compression codec {batch.compression}")
    count = batch.record_count
    if count <= 0 or batch.last_offset_delta != count - 1:
        raise InvalidRecord(f"{count} records, last offset delta {batch.last_offset_delta}")
    if batch.attributes & CONTROL_MASK:
        raise InvalidRecord("clients may not write control records")
    if batch.producer_id > NO_PRODUCER_ID and batch.base_sequence < 0:
        raise InvalidRecord(f"sequence number {batch.base_sequence} with a producer id")
    magic = _CODEC_MAGIC.get(batch.attributes & COMPRESSION_MASK, b"")
    if batch.buffer[HEADER_SIZE : HEADER_SIZE + len(magic)] != magic:
        raise UnknownCompression(f"the body is not in compression codec {batch.compression}")


def _check_records(
    batch: RecordBatch, size: int, config: LogConfig, now_ms: int, partition: str
) -> None:
    attributes = batch.attributes
    # The key and the lower limit are checked for every record; the upper limit for the latest.
    if "compact" in config.cleanup_policy or attributes & TIMESTAMP_TYPE_MASK:
        return _walk_records(batch, config, now_ms, partition)
    if config.message_timestamp_type is _CREATE_TIME and (
        config.message_timestamp_before_max_ms != MAX_INT64
        or batch.max_timestamp - now_ms > config.message_timestamp_after_max_ms
        or batch.max_timestamp < max(batch.base_timestamp, NO_TIMESTAMP)
    ):
        return _walk_records(batch, config, now_ms, partition)
    if not attributes & COMPRESSION_MASK and not check_record_chain(
        batch.buffer, HEADER_SIZE, size, batch.record_count
    ):
        raise InvalidRecord("the records do not fill the batch exactly")
    return None


def _walk_records(batch: RecordBatch, config: LogConfig, now_ms: int, partition: str) -> None:
    """Checks every record and corrects the header's max timestamp, as Kafka always does."""
    size_limit = max(config.max_message_bytes, _LEAST_SIZE_LIMIT)
    if batch.record_count > size_limit // _SMALLEST_RECORD_BYTES:
        raise InvalidRecord(f"{batch.record_count} records are too many for one batch")
    needs_key = "compact" in config.cleanup_policy
    errors: list[tuple[int, str]] = []
    invalid_timestamp = False
    max_timestamp = NO_TIMESTAMP
    try:
        for index, record in enumerate(batch.records(_expanded_limit(config))):
            if len(errors) == _MOST_ERRORS:
                break
            if needs_key and record.key is None:
                errors.append((index, _NO_KEY + partition))
                continue
            if text := _timestamp_error(batch, record, config, now_ms):
                errors.append((index, text))
                invalid_timestamp = True
            max_timestamp = max(max_timestamp, record.timestamp)
    except CorruptBatch as error:
        raise InvalidRecord(str(error)) from error
    if invalid_timestamp:
        raise InvalidTimestamp(_INVALID_TIMESTAMP, errors)
    if errors:
        raise InvalidRecord(_record_errors_text(errors), errors)
    if config.message_timestamp_type is _CREATE_TIME and (
        max_timestamp != batch.max_timestamp or batch.attributes & TIMESTAMP_TYPE_MASK
    ):
        batch.set_max_timestamp(_CREATE_TIME, max_timestamp)


# From here on, the texts are those that Kafka sends to clients (KIP-467).

_NO_KEY = "Compacted topic cannot accept message without key in topic partition "
_INVALID_TIMESTAMP = "One or more records have been rejected due to invalid timestamp"


def _timestamp_error(
    batch: RecordBatch, record: Record, config: LogConfig, now_ms: int
) -> str | None:
    if config.message_timestamp_type is _CREATE_TIME and record.timestamp != NO_TIMESTAMP:
        earliest = now_ms - config.message_timestamp_before_max_ms
        latest = now_ms + config.message_timestamp_after_max_ms
        if earliest <= record.timestamp <= latest:
            return None
        return (
            f"Timestamp {record.timestamp} of message with offset {record.offset} is out of range. "
            f"The timestamp should be within [{earliest}, {latest}]"
        )
    if batch.attributes & TIMESTAMP_TYPE_MASK:
        key_bytes = -1 if record.key is None else len(record.key)
        value_bytes = -1 if record.value is None else len(record.value)
        return (
            f"Invalid timestamp type in message DefaultRecord(offset={record.offset}, "
            f"timestamp={record.timestamp}, key={key_bytes} bytes, value={value_bytes} bytes). "
            "Producer should not set timestamp type to LogAppendTime."
        )
    return None


def _record_errors_text(errors: list[tuple[int, str]]) -> str:
    shown = ", ".join(f"RecordError(batchIndex={i}, message='{text}')" for i, text in errors[:3])
    return (
        f"One or more records have been rejected due to {len(errors)} record errors in total, "
        f"and only showing the first three errors at most: [{shown}]"
    )
