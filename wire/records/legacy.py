"""Message sets of the formats before v2: magic 0, and 1, which added the timestamp (KIP-32).

    0 offset i64 · 8 message size i32 · 12 CRC-32 u32 (of what follows) · 16 magic i8
    17 attributes i8 · 18 timestamp i64 (magic 1 only) · key bytes · value bytes

Compressed messages travel inside the value of a wrapper message, which carries the offset of the
last one. Inner offsets are absolute in magic 0, relative in magic 1 (KIP-31).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from struct import Struct
from zlib import crc32

from wire.errors import CorruptBatch
from wire.records.batch import (
    COMPRESSION_MASK,
    LOG_OVERHEAD,
    TIMESTAMP_TYPE_MASK,
    Batch,
    BatchHeader,
    Buffer,
    Record,
    TimestampType,
    read_header,
)
from wire.records.compression import compress, decompress

_PREFIX = Struct(">qi")
_CRC_START = 16


class LegacyBatch(Batch):
    """One entry of a message set, seen as a batch: a message, or a wrapper around several.

    ``base_offset`` equals ``last_offset``, the offset in the entry.

    Raises CorruptBatch when the buffer does not hold a whole entry.
    """

    __slots__ = ()

    def __init__(self, buffer: Buffer) -> None:
        BatchHeader.__init__(self, read_header(buffer, 0, len(buffer)).packed_header())
        self.buffer = memoryview(buffer)

    def is_valid(self) -> bool:
        return crc32(self.buffer[_CRC_START : self.batch_length + LOG_OVERHEAD]) == self.crc

    def records(self, max_decompressed_bytes: int | None = None) -> Iterator[Record]:
        record = self._message()
        if not self.attributes & COMPRESSION_MASK:
            yield record
            return
        if record.value is None:
            raise CorruptBatch("a compressed message set without a value")
        data = decompress(self.compression, record.value, max_decompressed_bytes)
        inner = [LegacyBatch(message)._message() for message in _messages(data)]
        if not inner:
            raise CorruptBatch("a compressed message set without messages")
        base_offset = self.base_offset - inner[-1].offset if self.magic == 1 else 0
        for message in inner:
            message.offset += base_offset
            if self.attributes & TIMESTAMP_TYPE_MASK:
                message.timestamp = self.max_timestamp
            yield message

    def _message(self) -> Record:
        position = 18 + 8 * self.magic
        end = self.batch_length + LOG_OVERHEAD
        key, position = _read_bytes(self.buffer, position, end)
        value, position = _read_bytes(self.buffer, position, end)
        if position != end:
            raise CorruptBatch("bytes remain after the value of a message")
        return Record(self.base_offset, self.max_timestamp, key, value)


def _read_bytes(data: memoryview, position: int, end: int) -> tuple[bytes | None, int]:
    start = position + 4
    length = int.from_bytes(data[position:start], signed=True)
    if length < 0:
        return None, start
    if start + length > end:
        raise CorruptBatch("a field of a message reaches beyond its message")
    return bytes(data[start : start + length]), start + length


def _messages(data: Buffer) -> Iterator[memoryview]:
    view = memoryview(data)
    position = 0
    while position < len(view):
        size = read_header(view, position, len(view) - position).size
        yield view[position : position + size]
        position += size


def build_message_set(
    records: Iterable[Record],
    *,
    magic: int,
    compression: int = 0,
    timestamp_type: TimestampType = TimestampType.CREATE_TIME,
) -> bytes:
    """A message set of magic 0 or 1 with ``records``, in one wrapper when compressed."""
    records = list(records)
    if not compression:
        return b"".join(_build_message(record, record.offset, magic, 0) for record in records)
    base_offset = records[0].offset if magic == 1 else 0
    inner = b"".join(
        _build_message(record, record.offset - base_offset, magic, 0) for record in records
    )
    timestamp = max(record.timestamp for record in records)
    wrapper = Record(records[-1].offset, timestamp, None, compress(compression, inner))
    return _build_message(wrapper, wrapper.offset, magic, compression | timestamp_type << 3)


def _build_message(record: Record, offset: int, magic: int, attributes: int) -> bytes:
    body = bytes((magic, attributes))
    if magic == 1:
        body += record.timestamp.to_bytes(8, signed=True)
    for data in (record.key, record.value):
        body += (-1 if data is None else len(data)).to_bytes(4, signed=True) + (data or b"")
    return _PREFIX.pack(offset, len(body) + 4) + crc32(body).to_bytes(4) + body
