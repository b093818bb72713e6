"""Builds record batches of format v2: coordinator records, control markers, compaction, tests."""

from __future__ import annotations

from collections.abc import Iterable
from struct import Struct

from wire.records.batch import (
    CONTROL_MASK,
    DELETE_HORIZON_MASK,
    HEADER_SIZE,
    LOG_OVERHEAD,
    NEWEST_MAGIC,
    NO_PARTITION_LEADER_EPOCH,
    NO_PRODUCER_EPOCH,
    NO_PRODUCER_ID,
    NO_SEQUENCE,
    NO_TIMESTAMP,
    TIMESTAMP_TYPE_MASK,
    TRANSACTIONAL_MASK,
    BatchHeader,
    Buffer,
    TimestampType,
)
from wire.records.crc32c import crc32c
from wire.records.varint import append_varint

# The header up to and including the checksum, and the rest, which the checksum covers.
_START = Struct(">qiibI")
_CHECKED_HEADER = Struct(">hiqqqhii")


class BatchBuilder:
    """Collects records, then makes the bytes of one batch.

    The first record's timestamp is the batch's base timestamp, the greatest its max timestamp.
    ``base_offset`` and the leader epoch are set again by the log that the batch is appended to.
    ``delete_horizon_ms`` stands in place of the base timestamp where there is one (KIP-534).
    """

    __slots__ = (
        "_base_timestamp",
        "_count",
        "_last_offset_delta",
        "_max_timestamp",
        "_records",
        "base_offset",
        "base_sequence",
        "compression",
        "compression_level",
        "delete_horizon_ms",
        "is_control",
        "is_transactional",
        "partition_leader_epoch",
        "producer_epoch",
        "producer_id",
        "timestamp_type",
    )

    def __init__(
        self,
        *,
        base_offset: int = 0,
        compression: int = 0,
        compression_level: int | None = None,
        timestamp_type: TimestampType = TimestampType.CREATE_TIME,
        producer_id: int = NO_PRODUCER_ID,
        producer_epoch: int = NO_PRODUCER_EPOCH,
        base_sequence: int = NO_SEQUENCE,
        is_transactional: bool = False,
        is_control: bool = False,
        partition_leader_epoch: int = NO_PARTITION_LEADER_EPOCH,
        delete_horizon_ms: int | None = None,
    ) -> None:
        self.base_offset = base_offset
        self.compression = compression
        self.compression_level = compression_level
        self.timestamp_type = timestamp_type
        self.producer_id = producer_id
        self.producer_epoch = producer_epoch
        self.base_sequence = base_sequence
        self.is_transactional = is_transactional
        self.is_control = is_control
        self.partition_leader_epoch = partition_leader_epoch
        self.delete_horizon_ms = delete_horizon_ms
        self._records = bytearray()
        self._count = 0
        self._last_offset_delta = -1
        self._base_timestamp = -1 if delete_horizon_ms is None else delete_horizon_ms
        self._max_timestamp = -1

    def append(
        self,
        timestamp: int,
        key: bytes | None,
        value: bytes | None,
        headers: Iterable[tuple[str, bytes | None]] = (),
        offset: int | None = None,
    ) -> None:
        """Adds a record; ``timestamp`` in ms, ``offset`` one more than the last unless given."""
        fields = encoded_fields(key, value, headers)
        next_offset = self.base_offset + self._last_offset_delta + 1
        self.append_encoded(timestamp, next_offset if offset is None else offset, fields)

    def append_encoded(self, timestamp: int, offset: int, fields: Buffer) -> None:
        """Adds a record whose ``fields``, its key, value and headers, are encoded already."""
        if self._count == 0 and self.delete_horizon_ms is None:
            self._base_timestamp = timestamp
        if timestamp > self._max_timestamp:
            self._max_timestamp = timestamp
        self._last_offset_delta = delta = offset - self.base_offset
        start = bytearray(1)  # the attributes of a record are unused
        append_varint(start, timestamp - self._base_timestamp)
        append_varint(start, delta)
        append_varint(self._records, len(start) + len(fields))
        self._records += start
        self._records += fields
        self._count += 1

    @property
    def record_count(self) -> int:
        return self._count

    @property
    def size(self) -> int:
        """Bytes of the batch so far, before compression."""
        return HEADER_SIZE + len(self._records)

    def build(self, last_offset: int | None = None) -> bytes:
        """The batch; more records may be added afterwards, for a larger one. ``last_offset`` is
        that of the last record, unless given."""
        records: bytes | bytearray = self._records
        if self.compression:
            from wire.records.compression import compress

            records = compress(self.compression, bytes(records), self.compression_level)
        attributes = self.compression | self.timestamp_type << 3
        if self.is_transactional:
            attributes |= TRANSACTIONAL_MASK
        if self.is_control:
            attributes |= CONTROL_MASK
        if self.delete_horizon_ms is not None:
            attributes |= DELETE_HORIZON_MASK
        checked = _CHECKED_HEADER.pack(
            attributes,
            self._last_offset_delta if last_offset is None else last_offset - self.base_offset,
            self._base_timestamp,
            self._max_timestamp,
            self.producer_id,
            self.producer_epoch,
            self.base_sequence,
            self._count,
        )
        return _joined(self.base_offset, self.partition_leader_epoch, checked, records)


def encoded_fields(
    key: bytes | None, value: bytes | None, headers: Iterable[tuple[str, bytes | None]]
) -> bytearray:
    """Key, value and headers of a record."""
    fields = bytearray()
    _append_bytes(fields, key)
    _append_bytes(fields, value)
    headers = tuple(headers)
    append_varint(fields, len(headers))
    for name, content in headers:
        _append_bytes(fields, name.encode())
        _append_bytes(fields, content)
    return fields


def emptied(batch: BatchHeader) -> bytes:
    """The batch without its records: what compaction keeps of it where the last offset or sequence
    would else be lost (Kafka's DefaultRecordBatch.writeEmptyHeader)."""
    kept = TIMESTAMP_TYPE_MASK | TRANSACTIONAL_MASK | CONTROL_MASK
    checked = _CHECKED_HEADER.pack(
        batch.attributes & kept,
        batch.last_offset_delta,
        NO_TIMESTAMP,
        batch.max_timestamp,
        batch.producer_id,
        batch.producer_epoch,
        batch.base_sequence,
        0,
    )
    return _joined(batch.base_offset, batch.partition_leader_epoch, checked, b"")


def _joined(base_offset: int, leader_epoch: int, checked: bytes, records: Buffer) -> bytes:
    crc = crc32c(records, crc32c(checked))
    length = HEADER_SIZE - LOG_OVERHEAD + len(records)
    start = _START.pack(base_offset, length, leader_epoch, NEWEST_MAGIC, crc)
    return b"".join((start, checked, records))


def _append_bytes(out: bytearray, data: bytes | None) -> None:
    if data is None:
        out.append(1)  # the zigzag form of -1
        return
    append_varint(out, len(data))
    out += data
