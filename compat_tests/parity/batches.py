"""Record batches written byte by byte: right ones, and wrong ones of every kind.

Independent of kbroker's own builder on purpose: a mistake there must not hide itself here.
"""

from __future__ import annotations

import base64
import gzip
import os
import struct
import time
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field

import crc32c

CODECS = {"none": 0, "gzip": 1, "snappy": 2, "lz4": 3, "zstd": 4}
LOG_APPEND_TIME, TRANSACTIONAL, CONTROL = 8, 16, 32
# An hour ago, the same on both brokers, or the moment of recorded answers.  Older records would
# not do: half a minute after its start a broker begins to delete segments that are older than the
# retention time.
NOW = int(os.environ.get("STORIES_NOW_MS") or (int(time.time()) - 3600) * 1000)


@dataclass(frozen=True)
class Rec:
    """One record; deltas are by position unless given."""

    value: bytes | None = b"value"
    key: bytes | None = None
    headers: Sequence[tuple[bytes, bytes | None]] = ()
    timestamp_delta: int = 0
    offset_delta: int | None = None


@dataclass(frozen=True)
class Batch:
    """A version 2 batch.  None follows from the records; anything else is written as told."""

    records: Sequence[Rec] = (Rec(),)
    base_offset: int = 0
    leader_epoch: int = -1
    magic: int = 2
    codec: str = "none"
    attributes: int = 0
    base_timestamp: int = NOW
    max_timestamp: int | None = None
    producer_id: int | str = -1  # or a variable of the story
    producer_epoch: int = -1
    sequence: int = -1
    count: int | None = None
    last_offset_delta: int | None = None
    length: int | None = None
    crc: int | None = None
    extra: bytes = field(default=b"", repr=False)

    def encode(self) -> bytes:
        body = (
            b"".join(record_bytes(rec, index) for index, rec in enumerate(self.records))
            + self.extra
        )
        body = compress(self.codec, body)
        largest = max((rec.timestamp_delta for rec in self.records), default=0)
        after_crc = struct.pack(
            ">hiqqqhii",
            self.attributes | CODECS[self.codec],
            given(self.last_offset_delta, max(len(self.records) - 1, 0)),
            self.base_timestamp,
            given(self.max_timestamp, self.base_timestamp + largest),
            self.producer_id,
            self.producer_epoch,
            self.sequence,
            given(self.count, len(self.records)),
        )
        after_crc += body
        crc = given(self.crc, crc32c.crc32c(after_crc))
        length = given(self.length, 9 + len(after_crc))
        head = struct.pack(">qiibI", self.base_offset, length, self.leader_epoch, self.magic, crc)
        return head + after_crc


def b64(*batches: Batch | bytes) -> str:
    """Batches one after another, in the form in which stories carry bytes."""
    parts = [batch.encode() if isinstance(batch, Batch) else batch for batch in batches]
    return base64.b64encode(b"".join(parts)).decode()


def legacy(values: Sequence[bytes | None], magic: int, timestamp: int = NOW) -> bytes:
    """A message set of version 0 or 1."""
    result = b""
    for offset, value in enumerate(values):
        content = struct.pack(">bb", magic, 0)
        content += struct.pack(">q", timestamp) if magic else b""
        content += struct.pack(">i", -1)
        content += struct.pack(">i", -1) if value is None else struct.pack(">i", len(value)) + value
        message = struct.pack(">I", zlib.crc32(content)) + content
        result += struct.pack(">qi", offset, len(message)) + message
    return result


def record_bytes(rec: Rec, index: int) -> bytes:
    body = b"\0" + varint(rec.timestamp_delta) + varint(given(rec.offset_delta, index))
    body += counted(rec.key) + counted(rec.value) + varint(len(rec.headers))
    for key, value in rec.headers:
        body += counted(key) + counted(value)
    return varint(len(body)) + body


def counted(data: bytes | None) -> bytes:
    return varint(-1) if data is None else varint(len(data)) + data


def varint(number: int) -> bytes:
    """Zigzag, as record fields are."""
    number = (number << 1) ^ (number >> 63)
    result = bytearray()
    while number > 0x7F:
        result.append(number & 0x7F | 0x80)
        number >>= 7
    result.append(number)
    return bytes(result)


def compress(codec: str, data: bytes) -> bytes:
    if codec == "gzip":
        return gzip.compress(data, mtime=0)
    if codec == "none":
        return data
    import cramjam

    if codec == "snappy":
        return b"\x82SNAPPY\0\0\0\0\1\0\0\0\1" + xerial_block(
            bytes(cramjam.snappy.compress_raw(data))
        )
    if codec == "lz4":
        return lz4_frame(data)
    return bytes(cramjam.zstd.compress(data))


def xerial_block(block: bytes) -> bytes:
    return struct.pack(">i", len(block)) + block


def lz4_frame(data: bytes) -> bytes:
    """Independent blocks: Kafka's reader refuses linked ones."""
    import lz4.frame

    return bytes(lz4.frame.compress(data, block_linked=False))


def given(value: int | None, otherwise: int) -> int:
    return otherwise if value is None else value
