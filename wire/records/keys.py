"""The keys of a batch's records, without decoding the rest: what compaction asks of each record."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from wire.errors import CorruptBatch
from wire.records.batch import RecordBatch
from wire.records.varint import read_varint


class KeyedRecord(NamedTuple):
    """``fields`` are key, value and headers as they are encoded."""

    offset: int
    timestamp: int
    key: bytes | None
    has_value: bool
    fields: bytes | bytearray | memoryview


def keyed_records(batch: RecordBatch, limit: int | None = None) -> Iterator[KeyedRecord]:
    """The records of a v2 batch. ``limit`` bounds what a compressed one may expand to.

    Raises CorruptBatch where lengths do not fit; values and headers are not looked at.
    """
    data: bytes | bytearray | memoryview = batch.body()
    if batch.compression:
        from wire.records.compression import decompress

        data = decompress(batch.compression, data, limit)
    base_offset, base_timestamp = batch.base_offset, batch.base_timestamp
    append_time = batch.max_timestamp if batch.timestamp_type else None
    position, size = 0, len(data)
    try:
        for _ in range(batch.record_count):
            length, start = read_varint(data, position)
            position = start + length
            if length < 0 or position > size:
                raise CorruptBatch(f"record length {length} does not fit its batch")
            timestamp_delta, start = read_varint(data, start + 1)
            offset_delta, start = read_varint(data, start)
            key_length, key_start = read_varint(data, start)
            key_end = key_start + max(key_length, 0)
            value_length, value_start = read_varint(data, key_end)
            if value_start + max(value_length, 0) > position:
                raise CorruptBatch("a field of a record reaches beyond its record")
            yield KeyedRecord(
                base_offset + offset_delta,
                base_timestamp + timestamp_delta if append_time is None else append_time,
                None if key_length < 0 else bytes(data[key_start:key_end]),
                value_length >= 0,
                data[start:position],
            )
    except IndexError:
        raise CorruptBatch("a record ends too early") from None
