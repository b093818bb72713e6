"""Record batches of format v2."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from wire.errors import CorruptBatch
from wire.records import (
    BatchBuilder,
    Record,
    RecordBatch,
    TimestampType,
    batches,
    check_record_chain,
    patch_max_timestamp,
    patch_offset_and_epoch,
)
from wire.records.batch import MAX_SEQUENCE, batch_size
from wire.records.legacy import build_message_set

FIELDS = {"producer_id": 7, "producer_epoch": 2, "base_sequence": 5}


def batch_of(*values: bytes, **fields: int) -> bytes:
    builder = BatchBuilder(**fields)  # type: ignore[arg-type]
    for index, value in enumerate(values):
        builder.append(1000 + index, b"k", value)
    return builder.build()


def test_header_fields() -> None:
    batch = RecordBatch(batch_of(b"a", b"b", base_offset=40, partition_leader_epoch=3, **FIELDS))
    assert (batch.base_offset, batch.last_offset, batch.next_offset) == (40, 41, 42)
    assert (batch.producer_id, batch.producer_epoch) == (7, 2)
    assert (batch.base_sequence, batch.last_sequence) == (5, 6)
    assert (batch.base_timestamp, batch.max_timestamp) == (1000, 1001)
    assert (batch.record_count, batch.magic, batch.partition_leader_epoch) == (2, 2, 3)
    assert (batch.compression, batch.timestamp_type) == (0, TimestampType.CREATE_TIME)
    assert not any((batch.is_transactional, batch.is_control))
    assert batch.has_producer_id
    assert batch.delete_horizon_ms is None
    assert batch.packed_header() == bytes(batch.buffer[:61])
    assert batch.size == len(batch.buffer)


def test_flags() -> None:
    batch = RecordBatch(batch_of(b"", is_transactional=True, is_control=True))
    assert batch.is_transactional
    assert batch.is_control
    assert not batch.has_producer_id
    assert batch.last_sequence == -1
    batch.attributes |= 0x40
    assert batch.delete_horizon_ms == 1000


def test_sequences_wrap() -> None:
    assert RecordBatch(batch_of(b"", b"", base_sequence=MAX_SEQUENCE)).last_sequence == 0


@pytest.mark.parametrize("damage", [0, 8, 11, 16])
def test_a_buffer_that_holds_no_v2_batch(damage: int) -> None:
    data = bytearray(batch_of(b"x"))
    data[damage] ^= 0xC0
    if damage == 0:
        data = data[:-1]
    with pytest.raises(CorruptBatch):
        RecordBatch(data)


def test_every_byte_behind_the_checksum_counts() -> None:
    data = batch_of(b"abc")
    for position in range(len(data)):
        damaged = bytearray(data)
        damaged[position] ^= 1
        if position < 12 or position == 16:
            continue
        batch = RecordBatch(damaged)
        assert batch.is_valid() == (12 <= position < 16)
        if not batch.is_valid():
            with pytest.raises(CorruptBatch):
                batch.verify_crc()


def test_patching_in_place() -> None:
    data = bytearray(batch_of(b"a", b"b"))
    patch_offset_and_epoch(data, 77, 5)
    batch = RecordBatch(data)
    assert (batch.base_offset, batch.partition_leader_epoch, batch.is_valid()) == (77, 5, True)
    patch_max_timestamp(data, TimestampType.LOG_APPEND_TIME, 5000)
    batch = RecordBatch(data)
    assert batch.is_valid()
    assert [record.timestamp for record in batch] == [5000, 5000]
    view = memoryview(data)
    patch_max_timestamp(view, TimestampType.CREATE_TIME, 1001)
    assert [record.timestamp for record in RecordBatch(data)] == [1000, 1001]


class TestBatches:
    def test_of_any_magic_one_after_another(self) -> None:
        old = build_message_set([Record(3, 5, b"k", b"v")], magic=1)
        found = list(batches(old + batch_of(b"x", base_offset=4) + old[:20]))
        assert [(batch.magic, batch.base_offset) for batch in found] == [(1, 3), (2, 4)]

    def test_impossible_lengths_and_magics(self) -> None:
        good = batch_of(b"x")
        for bad in (good[:8] + b"\0\0\0\x0d" + good[12:], good[:16] + b"\x03" + good[17:]):
            with pytest.raises(CorruptBatch):
                list(batches(good + bad))

    def test_size(self) -> None:
        good = batch_of(b"x")
        assert batch_size(good + good, len(good)) == len(good)
        assert batch_size(good[:-1]) is None
        assert batch_size(good[:16]) is None


class TestRecordChain:
    @pytest.mark.parametrize("size", [0, 40, 57, 58, 1000, 8180, 8190, 20000, 70000])
    def test_of_every_length_of_length(self, size: int) -> None:
        data = batch_of(b"x" * size, b"y" * size)
        assert check_record_chain(data, 61, len(data), 2)
        assert check_record_chain(memoryview(data), 61, len(data), 2)
        assert not check_record_chain(data, 61, len(data), 1)
        assert not check_record_chain(data, 61, len(data), 3)
        assert not check_record_chain(data, 61, len(data) - 1, 2)
        assert not check_record_chain(data + b"\0", 61, len(data) + 1, 2)

    def test_negative_and_endless_lengths(self) -> None:
        assert not check_record_chain(b"\x01\0", 0, 2, 1)
        assert not check_record_chain(b"\x81\x01\0", 0, 3, 1)
        assert not check_record_chain(b"\x80" * 20, 0, 20, 1)

    def test_a_claim_of_many_records_ends_with_the_bytes(self) -> None:
        assert not check_record_chain(b"\0" * 10, 0, 10, 2**31 - 1)


RECORDS = st.builds(
    Record,
    offset=st.just(0),
    timestamp=st.integers(-(2**40), 2**40),
    key=st.none() | st.binary(max_size=70),
    value=st.none() | st.binary(max_size=200),
    headers=st.lists(
        st.tuples(st.text(max_size=5), st.none() | st.binary(max_size=70)), max_size=3
    ).map(tuple),
)


@given(st.lists(RECORDS, min_size=1, max_size=6), st.integers(0, 2**40), st.integers(0, 4))
def test_round_trip(records: list[Record], base_offset: int, compression: int) -> None:
    builder = BatchBuilder(base_offset=base_offset, compression=compression)
    for index, record in enumerate(records):
        record.offset = base_offset + 3 * index
        builder.append(
            record.timestamp, record.key, record.value, record.headers, offset=record.offset
        )
    batch = RecordBatch(builder.build())
    batch.verify_crc()
    assert list(batch) == records
    assert batch.max_timestamp == max([record.timestamp for record in records] + [-1])
    if not compression:
        assert check_record_chain(batch.buffer, 61, batch.size, len(records))


@given(st.binary(max_size=200))
@example(b"\0" * 200)
@example(b"\0" * 16 + b"\2" + b"\0" * 100)
def test_any_bytes_are_batches_or_corrupt(data: bytes) -> None:
    try:
        for batch in batches(data):
            list(batch.records(1 << 20))
    except CorruptBatch:
        pass


@given(st.integers(0, 4), st.data())
def test_a_damaged_body_decodes_or_is_corrupt(compression: int, data: st.DataObject) -> None:
    body = bytearray(batch_of(b"abc" * 20, None, b"x", compression=compression))  # type: ignore[arg-type]
    for _ in range(data.draw(st.integers(1, 4))):
        position = data.draw(st.integers(61, len(body) - 1))
        body[position] = data.draw(st.integers(0, 255))
    try:
        assert len(list(RecordBatch(body).records(1 << 20))) <= 3
    except CorruptBatch:
        pass


def test_a_huge_record_count_is_bounded_by_the_bytes() -> None:
    batch = RecordBatch(batch_of(b"x"))
    batch.record_count = 2**31 - 1
    with pytest.raises(CorruptBatch):
        list(batch)
