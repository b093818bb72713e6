"""Control records."""

from __future__ import annotations

import pytest

from wire.errors import CorruptBatch
from wire.records import BatchBuilder, Record, RecordBatch
from wire.records.control import (
    ControlRecordType,
    EndTransactionMarker,
    control_record_type,
)


@pytest.mark.parametrize("kind", [ControlRecordType.ABORT, ControlRecordType.COMMIT])
def test_a_marker_and_its_batch(kind: ControlRecordType) -> None:
    batch = RecordBatch(EndTransactionMarker(kind, 12).batch(7, 3, 1000))
    assert batch.is_control
    assert batch.is_transactional
    assert (batch.producer_id, batch.producer_epoch, batch.base_sequence) == (7, 3, -1)
    marker = EndTransactionMarker.from_batch(batch)
    assert (marker.control_type, marker.coordinator_epoch) == (kind, 12)
    (record,) = batch
    assert record.key == bytes((0, 0, 0, kind))
    assert record.value == bytes((0, 0, 0, 0, 0, 12))


def test_types() -> None:
    assert control_record_type(Record(0, 0, b"\0\0\0\2", b"")) is ControlRecordType.LEADER_CHANGE
    assert control_record_type(Record(0, 0, b"\0\1\0\x63", b"")) is ControlRecordType.UNKNOWN


@pytest.mark.parametrize(
    ("key", "value"),
    [
        (None, b"\0" * 6),
        (b"\0\0\0", b"\0" * 6),
        (b"\xff\xff\0\0", b"\0" * 6),
        (b"\0\0\0\2", b"\0" * 6),
        (b"\0\0\0\0", None),
        (b"\0\0\0\0", b"\0" * 5),
        (b"\0\0\0\0", b"\xff\xff\0\0\0\0"),
    ],
)
def test_what_is_no_marker(key: bytes | None, value: bytes | None) -> None:
    builder = BatchBuilder(is_control=True)
    builder.append(0, key, value)
    with pytest.raises(CorruptBatch):
        EndTransactionMarker.from_batch(RecordBatch(builder.build()))


def test_a_batch_without_records() -> None:
    batch = RecordBatch(BatchBuilder(is_control=True).build())
    with pytest.raises(CorruptBatch):
        EndTransactionMarker.from_batch(batch)
