"""Message sets of magic 0 and 1."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wire.errors import CorruptBatch
from wire.records import Record, TimestampType, batches, parse_batch
from wire.records.legacy import LegacyBatch, build_message_set

RECORDS = [Record(4, 1000, b"k", b"v"), Record(5, 900, None, b""), Record(6, 1100, b"", None)]


def read(data: bytes) -> list[Record]:
    return [record for batch in batches(data) for record in batch]


@pytest.mark.parametrize("magic", [0, 1])
@pytest.mark.parametrize("compression", [0, 1, 2, 3, 4])
def test_round_trip(magic: int, compression: int) -> None:
    data = build_message_set(RECORDS, magic=magic, compression=compression)
    timestamps = [1000, 900, 1100] if magic else [-1, -1, -1]
    found = read(data)
    assert [(r.offset, r.key, r.value) for r in found] == [
        (r.offset, r.key, r.value) for r in RECORDS
    ]
    assert [r.timestamp for r in found] == timestamps
    for batch in batches(data):
        batch.verify_crc()


@pytest.mark.parametrize("magic", [0, 1])
def test_offsets_that_compaction_has_left_out(magic: int) -> None:
    """Those in a wrapper of magic 1 count from its first record, and its last one has its own."""
    records = [RECORDS[0], RECORDS[2], Record(9, 1200, None, b"v")]
    data = build_message_set(records, magic=magic, compression=1)

    assert [record.offset for record in read(data)] == [4, 6, 9]


@pytest.mark.parametrize("magic", [0, 1])
@pytest.mark.parametrize("compression", [0, 1])
def test_reads_what_another_implementation_writes(
    kafka_python: SimpleNamespace, magic: int, compression: int
) -> None:
    builder = kafka_python.LegacyRecordBatchBuilder(magic, compression, 1 << 20)
    for offset in range(3):
        builder.append(offset, 1000 + offset, b"k", b"v%d" % offset)
    data = bytes(builder.build())
    if compression:
        data = (2).to_bytes(8) + data[8:]  # as a broker assigns the wrapper its last offset
    found = read(data)
    assert [(record.offset, record.value) for record in found] == [
        (0, b"v0"),
        (1, b"v1"),
        (2, b"v2"),
    ]


def test_a_wrapper_looks_like_a_batch() -> None:
    data = build_message_set(RECORDS, magic=1, compression=1)
    batch = parse_batch(data)
    assert isinstance(batch, LegacyBatch)
    assert (batch.last_offset, batch.next_offset, batch.size) == (6, 7, len(data))
    assert (batch.max_timestamp, batch.compression, batch.magic) == (1100, 1, 1)
    assert not any((batch.has_producer_id, batch.is_control, batch.is_transactional))


def test_log_append_time_of_the_wrapper_counts() -> None:
    data = build_message_set(
        RECORDS, magic=1, compression=1, timestamp_type=TimestampType.LOG_APPEND_TIME
    )
    assert [record.timestamp for record in read(data)] == [1100] * 3


def test_damage_is_noticed() -> None:
    data = build_message_set(RECORDS[:1], magic=1)
    for position in range(17, len(data)):
        damaged = bytearray(data)
        damaged[position] ^= 1
        assert not LegacyBatch(damaged).is_valid()


@given(st.integers(0, 1), st.integers(0, 4), st.data())
def test_damaged_bytes_decode_or_are_corrupt(
    magic: int, compression: int, data: st.DataObject
) -> None:
    damaged = bytearray(build_message_set(RECORDS, magic=magic, compression=compression))
    position = data.draw(st.integers(0, len(damaged) - 1))
    damaged[position] = data.draw(st.integers(0, 255))
    try:
        for batch in batches(damaged):
            list(batch.records(1 << 20))
    except CorruptBatch:
        pass
