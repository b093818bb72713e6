"""Keys of records, without the rest."""

from __future__ import annotations

import pytest

from wire.errors import CorruptBatch
from wire.records import BatchBuilder, RecordBatch, TimestampType
from wire.records.keys import keyed_records

HEADERS = (("h", b"x"), ("n", None))


@pytest.mark.parametrize("compression", range(5))
@pytest.mark.parametrize("timestamp_type", TimestampType)
def test_as_the_whole_decoder_finds_them(compression: int, timestamp_type: TimestampType) -> None:
    builder = BatchBuilder(base_offset=70, compression=compression, timestamp_type=timestamp_type)
    builder.append(1000, b"key", b"value" * 100, HEADERS)
    builder.append(900, None, b"")
    builder.append(1 << 40, b"", None, offset=1 << 20)
    batch = RecordBatch(builder.build())

    found = [(one.offset, one.timestamp, one.key, one.has_value) for one in keyed_records(batch)]

    assert found == [
        (record.offset, record.timestamp, record.key, record.value is not None) for record in batch
    ]


def test_fields_can_be_written_again() -> None:
    builder = BatchBuilder(base_offset=5)
    builder.append(1000, b"key", b"value", HEADERS)
    builder.append(1001, b"other", None)
    batch = RecordBatch(builder.build())
    again = BatchBuilder(base_offset=5)

    for record in keyed_records(batch):
        again.append_encoded(record.timestamp, record.offset, record.fields)

    assert again.build() == builder.build()


@pytest.mark.parametrize(
    "change",
    [
        (61, 0x7E),  # the record is longer than the batch
        (61, 0x01),  # its length is negative
        (65, 0x7E),  # the key is longer than the record
        (67, 0x7E),  # so is the value
        (57, 0xFF),  # there are more records than bytes
    ],
)
def test_lengths_that_do_not_fit(change: tuple[int, int]) -> None:
    builder = BatchBuilder()
    builder.append(1000, b"k", b"v")
    damaged = bytearray(builder.build())
    position, byte = change
    damaged[position] = byte if position != 57 else 0x00
    if position == 57:
        damaged[60] = byte

    with pytest.raises(CorruptBatch):
        list(keyed_records(RecordBatch(damaged)))
