"""Record batches of format v2: a view over their bytes, their checksum, their records.

A batch on the wire and on disk (Kafka's DefaultRecordBatch, KIP-98):

    0 base offset i64 · 8 batch length i32 (of what follows) · 12 partition leader epoch i32
    16 magic i8 · 17 CRC-32C u32 (of everything from 21 on)
    21 attributes i16 · 23 last offset delta i32 · 27 base timestamp i64 · 35 max timestamp i64
    43 producer id i64 · 51 producer epoch i16 · 53 base sequence i32 · 57 record count i32
    61 records, compressed as a whole when the attributes say so

The checksum does not cover base offset and leader epoch, so the broker can set them without
computing it again.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import IntEnum
from struct import Struct

from wire.errors import CorruptBatch
from wire.integers import MAX_INT32
from wire.records.crc32c import crc32c
from wire.records.varint import read_varint

Buffer = bytes | bytearray | memoryview

HEADER = Struct(">qiibIhiqqqhii")
HEADER_SIZE = HEADER.size  # 61
LOG_OVERHEAD = 12  # base offset and length: what precedes the bytes that the length counts
MAGIC_POSITION = 16
CRC_START = 21
ATTRIBUTES_LOW_BYTE = 22  # all that says something of the two

NEWEST_MAGIC = 2
NO_TIMESTAMP = -1
NO_PRODUCER_ID = -1
NO_PRODUCER_EPOCH = -1
NO_SEQUENCE = -1
NO_PARTITION_LEADER_EPOCH = -1
MAX_SEQUENCE = MAX_INT32

COMPRESSION_MASK = 0x07
TIMESTAMP_TYPE_MASK = 0x08
TRANSACTIONAL_MASK = 0x10
CONTROL_MASK = 0x20
DELETE_HORIZON_MASK = 0x40

_PREFIX = Struct(">qi")
_MESSAGE = Struct(">Ibb")
_INT32 = Struct(">i")
_INT64 = Struct(">q")
# The smallest size that Kafka accepts after the prefix: a v0 message without key and value.
_SMALLEST_MESSAGE = 14


class TimestampType(IntEnum):
    """Who set the timestamps of a batch: its producer, or the broker at append."""

    CREATE_TIME = 0
    LOG_APPEND_TIME = 1


class Record:
    """One record; ``timestamp`` in ms, ``key`` and ``value`` None where Kafka has null."""

    __slots__ = ("headers", "key", "offset", "timestamp", "value")

    def __init__(
        self,
        offset: int,
        timestamp: int,
        key: bytes | None,
        value: bytes | None,
        headers: tuple[tuple[str, bytes | None], ...] = (),
    ) -> None:
        self.offset = offset
        self.timestamp = timestamp
        self.key = key
        self.value = value
        self.headers = headers

    def _fields(self) -> tuple[object, ...]:
        return self.offset, self.timestamp, self.key, self.value, self.headers

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Record) and self._fields() == other._fields()

    def __hash__(self) -> int:
        return hash(self._fields())

    def __repr__(self) -> str:
        return f"Record{self._fields()!r}"


class BatchHeader:
    """The header fields of one v2 batch, copied out of ``buffer`` by one unpack.

    Changing them changes nothing in the buffer until ``packed_header()`` is written somewhere.
    Raises struct.error where the buffer is too short; callers check that before.
    """

    __slots__ = (
        "attributes",
        "base_offset",
        "base_sequence",
        "base_timestamp",
        "batch_length",
        "crc",
        "last_offset_delta",
        "magic",
        "max_timestamp",
        "partition_leader_epoch",
        "producer_epoch",
        "producer_id",
        "record_count",
    )

    attributes: int
    base_offset: int
    base_sequence: int
    base_timestamp: int
    batch_length: int
    crc: int
    last_offset_delta: int
    magic: int
    max_timestamp: int
    partition_leader_epoch: int
    producer_epoch: int
    producer_id: int
    record_count: int

    def __init__(self, buffer: Buffer, position: int = 0) -> None:
        (
            self.base_offset,
            self.batch_length,
            self.partition_leader_epoch,
            self.magic,
            self.crc,
            self.attributes,
            self.last_offset_delta,
            self.base_timestamp,
            self.max_timestamp,
            self.producer_id,
            self.producer_epoch,
            self.base_sequence,
            self.record_count,
        ) = HEADER.unpack_from(buffer, position)

    @property
    def size(self) -> int:
        """Bytes of the whole batch, including the prefix of offset and length."""
        return self.batch_length + LOG_OVERHEAD

    @property
    def last_offset(self) -> int:
        return self.base_offset + self.last_offset_delta

    @property
    def next_offset(self) -> int:
        return self.base_offset + self.last_offset_delta + 1

    @property
    def last_sequence(self) -> int:
        """Sequence number of the last record; sequences wrap from 2**31-1 to 0 (KIP-98)."""
        if self.base_sequence == NO_SEQUENCE:
            return NO_SEQUENCE
        return (self.base_sequence + self.last_offset_delta) & MAX_SEQUENCE

    @property
    def compression(self) -> int:
        """The codec's number, a ``wire.records.compression.Compression`` when it is a known one."""
        return self.attributes & COMPRESSION_MASK

    @property
    def timestamp_type(self) -> TimestampType:
        if self.attributes & TIMESTAMP_TYPE_MASK:
            return TimestampType.LOG_APPEND_TIME
        return TimestampType.CREATE_TIME

    @property
    def is_transactional(self) -> bool:
        return self.attributes & TRANSACTIONAL_MASK != 0

    @property
    def is_control(self) -> bool:
        return self.attributes & CONTROL_MASK != 0

    @property
    def has_producer_id(self) -> bool:
        return self.producer_id > NO_PRODUCER_ID

    @property
    def delete_horizon_ms(self) -> int | None:
        """When compaction may drop the batch's tombstones (KIP-534); kept as base timestamp."""
        return self.base_timestamp if self.attributes & DELETE_HORIZON_MASK else None

    def packed_header(self) -> bytes:
        """The 61 header bytes of the fields as they now are."""
        return HEADER.pack(
            self.base_offset,
            self.batch_length,
            self.partition_leader_epoch,
            self.magic,
            self.crc,
            self.attributes,
            self.last_offset_delta,
            self.base_timestamp,
            self.max_timestamp,
            self.producer_id,
            self.producer_epoch,
            self.base_sequence,
            self.record_count,
        )


class Batch(BatchHeader):
    """A whole batch of any format: its header, and a view of its bytes."""

    __slots__ = ("buffer",)

    buffer: memoryview

    def is_valid(self) -> bool:
        """Whether the stored checksum is that of the bytes."""
        raise NotImplementedError

    def verify_crc(self) -> None:
        """Raises CorruptBatch unless ``is_valid()``."""
        if not self.is_valid():
            raise CorruptBatch(f"checksum of the batch at offset {self.base_offset} does not match")

    def records(self, max_decompressed_bytes: int | None = None) -> Iterator[Record]:
        """Decodes the records; raises CorruptBatch where they are malformed or too large.

        ``max_decompressed_bytes`` bounds what a compressed batch may expand to; the default is
        that of ``wire.records.compression.decompress``.
        """
        raise NotImplementedError

    def __iter__(self) -> Iterator[Record]:
        return self.records()


class RecordBatch(Batch):
    """A batch of format v2.

    ``buffer`` starts at the batch's first byte and may be longer than the batch.

    Raises CorruptBatch when the buffer does not hold a whole v2 batch.
    """

    __slots__ = ()

    def __init__(self, buffer: Buffer) -> None:
        if len(buffer) < HEADER_SIZE:
            raise CorruptBatch(f"{len(buffer)} bytes are too few for a record batch")
        BatchHeader.__init__(self, buffer)
        if self.magic != 2:
            raise CorruptBatch(f"magic {self.magic} is not that of a v2 batch")
        if not HEADER_SIZE <= self.batch_length + LOG_OVERHEAD <= len(buffer):
            raise CorruptBatch(f"batch length {self.batch_length} does not fit the bytes given")
        self.buffer = memoryview(buffer)

    def is_valid(self) -> bool:
        return crc32c(self.buffer[CRC_START : self.batch_length + LOG_OVERHEAD]) == self.crc

    def body(self) -> memoryview:
        """The bytes after the header: the records, compressed or not."""
        return self.buffer[HEADER_SIZE : self.batch_length + LOG_OVERHEAD]

    def set_max_timestamp(self, timestamp_type: TimestampType, max_timestamp: int) -> None:
        """Changes timestamp type and max timestamp (ms), and recomputes the checksum."""
        self.attributes = self.attributes & ~TIMESTAMP_TYPE_MASK | timestamp_type << 3
        self.max_timestamp = max_timestamp
        self.crc = crc32c(self.body(), crc32c(self.packed_header()[CRC_START:]))

    def records(self, max_decompressed_bytes: int | None = None) -> Iterator[Record]:
        data: Buffer = self.body()
        if self.compression:
            from wire.records.compression import decompress

            data = decompress(self.compression, data, max_decompressed_bytes)
        append_time = self.max_timestamp if self.attributes & TIMESTAMP_TYPE_MASK else None
        position = 0
        for _ in range(self.record_count):
            record, position = _decode_record(data, position, self, append_time)
            yield record
        if position != len(data):
            raise CorruptBatch("bytes remain after the last record of a batch")


def _decode_record(
    data: Buffer, position: int, batch: RecordBatch, append_time: int | None
) -> tuple[Record, int]:
    try:
        length, position = read_varint(data, position)
        end = position + length
        if length < 0 or end > len(data):
            raise CorruptBatch(f"record length {length} does not fit its batch")
        timestamp_delta, position = read_varint(data, position + 1)
        offset_delta, position = read_varint(data, position)
        key, position = _read_bytes(data, position, end)
        value, position = _read_bytes(data, position, end)
        count, position = read_varint(data, position)
        headers: tuple[tuple[str, bytes | None], ...] = ()
        if count:
            headers, position = _read_headers(data, position, end, count)
    except IndexError:
        raise CorruptBatch("a record ends too early") from None
    if position != end:
        raise CorruptBatch("a record's fields do not end where its length says")
    timestamp = batch.base_timestamp + timestamp_delta if append_time is None else append_time
    return Record(batch.base_offset + offset_delta, timestamp, key, value, headers), end


def _read_bytes(data: Buffer, position: int, end: int) -> tuple[bytes | None, int]:
    length, position = read_varint(data, position)
    if length < 0:
        return None, position
    stop = position + length
    if stop > end:
        raise CorruptBatch("a field of a record reaches beyond its record")
    return bytes(data[position:stop]), stop


def _read_headers(
    data: Buffer, position: int, end: int, count: int
) -> tuple[tuple[tuple[str, bytes | None], ...], int]:
    # A header takes two bytes at least, which bounds the loop by the bytes given.
    if not 0 <= count <= (end - position) // 2:
        raise CorruptBatch(f"{count} headers do not fit a record")
    headers = []
    for _ in range(count):
        key, position = _read_bytes(data, position, end)
        if key is None:
            raise CorruptBatch("a header's key is null")
        value, position = _read_bytes(data, position, end)
        # Kafka decodes header keys with replacement characters too.
        headers.append((key.decode("utf-8", "replace"), value))
    return tuple(headers), position


def check_record_chain(buffer: Buffer, position: int, end: int, count: int) -> bool:
    """Whether ``count`` uncompressed records follow one another from ``position`` to ``end``.

    Only the length in front of each record is read. This runs for every produced batch, hence the
    unrolled one- and two-byte lengths, which cover records of up to 8 kB.
    """
    step = _STEP
    try:
        for _ in range(count):
            first = buffer[position]
            if first & 1:  # zigzag: an odd number is a negative length
                return False
            if first < 0x80:
                position += step[first]
            elif (second := buffer[position + 1]) < 0x80:
                position += step[first] + (second << 6)
            else:
                length, position = read_varint(buffer, position)
                position += length
    except (IndexError, CorruptBatch):
        return False
    return position == end


# By the first byte of a length: the distance to the next record that this byte contributes, plus
# the one or two bytes of the length itself.
_STEP = tuple((byte & 0x7F) // 2 + (1 if byte < 0x80 else 2) for byte in range(256))


def batch_size(buffer: Buffer, position: int = 0) -> int | None:
    """Bytes of the batch of any magic at ``position``, or None if the buffer ends before its end.

    Raises CorruptBatch for a length or magic that no batch has (ByteBufferLogInputStream).
    """
    remaining = len(buffer) - position
    if remaining < LOG_OVERHEAD + 5:
        return None
    _, length = _PREFIX.unpack_from(buffer, position)
    if length < _SMALLEST_MESSAGE:
        raise CorruptBatch(f"batch length {length} is less than that of the smallest message")
    if not 0 <= buffer[position + MAGIC_POSITION] <= NEWEST_MAGIC:
        raise CorruptBatch(f"unknown magic {buffer[position + MAGIC_POSITION]}")
    size: int = length + LOG_OVERHEAD
    return size if size <= remaining else None


def read_header(buffer: Buffer, position: int, available: int) -> BatchHeader:
    """The header of the batch of any magic at ``position``; its records may be missing.

    ``available`` counts the bytes from the batch's start to the end of what holds it. For magic 0
    and 1, whose base offset is known only after decompression, the base offset is the last offset.

    Raises CorruptBatch when there is no whole batch.
    """
    if available < LOG_OVERHEAD + _SMALLEST_MESSAGE or len(buffer) - position <= MAGIC_POSITION:
        raise CorruptBatch(f"{available} bytes are too few for a batch")
    if buffer[position + MAGIC_POSITION] != NEWEST_MAGIC:
        return _read_legacy_header(buffer, position, available)
    if len(buffer) - position < HEADER_SIZE:
        raise CorruptBatch(f"{available} bytes are too few for a batch")
    header = BatchHeader(buffer, position)
    if not HEADER_SIZE <= header.batch_length + LOG_OVERHEAD <= available:
        raise CorruptBatch(f"batch length {header.batch_length} does not fit the bytes given")
    return header


def _read_legacy_header(buffer: Buffer, position: int, available: int) -> BatchHeader:
    offset, length = _PREFIX.unpack_from(buffer, position)
    crc, magic, attributes = _MESSAGE.unpack_from(buffer, position + LOG_OVERHEAD)
    smallest = _SMALLEST_MESSAGE + 8 * magic  # v1 added the timestamp
    if magic not in (0, 1) or not smallest <= length <= available - LOG_OVERHEAD:
        raise CorruptBatch(f"no message of magic {magic} and length {length}")
    timestamp = NO_TIMESTAMP
    if magic == 1:
        (timestamp,) = _INT64.unpack_from(buffer, position + 18)
    return BatchHeader(
        HEADER.pack(
            offset,
            length,
            NO_PARTITION_LEADER_EPOCH,
            magic,
            crc,
            attributes,
            0,  # the last offset delta
            timestamp,
            timestamp,
            NO_PRODUCER_ID,
            NO_PRODUCER_EPOCH,
            NO_SEQUENCE,
            1,  # the count of records
        )
    )


def parse_batch(buffer: Buffer) -> Batch:
    """The whole batch of any magic that ``buffer`` starts with; raises CorruptBatch."""
    if len(buffer) > MAGIC_POSITION and buffer[MAGIC_POSITION] < NEWEST_MAGIC:
        from wire.records.legacy import LegacyBatch

        return LegacyBatch(buffer)
    return RecordBatch(buffer)


def batches(buffer: Buffer) -> Iterator[Batch]:
    """The whole batches in ``buffer``; an incomplete one at its end is left out.

    Raises CorruptBatch where the bytes can be no batch.
    """
    view = memoryview(buffer)
    position = 0
    while (size := batch_size(view, position)) is not None:
        yield parse_batch(view[position : position + size])
        position += size


def patch_offset_and_epoch(
    buffer: bytearray | memoryview, base_offset: int, partition_leader_epoch: int
) -> None:
    """Sets, in place, the two fields of a batch that lie outside its checksum."""
    _INT64.pack_into(buffer, 0, base_offset)
    _INT32.pack_into(buffer, LOG_OVERHEAD, partition_leader_epoch)


def patch_max_timestamp(
    buffer: bytearray | memoryview, timestamp_type: TimestampType, max_timestamp: int
) -> None:
    """Sets, in place, timestamp type and max timestamp (ms) of a batch, and redoes its checksum."""
    batch = RecordBatch(buffer)
    batch.set_max_timestamp(timestamp_type, max_timestamp)
    buffer[:HEADER_SIZE] = batch.packed_header()
