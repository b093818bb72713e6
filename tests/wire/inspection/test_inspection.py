"""The second reading agrees with the codecs that brokers serve with."""

from __future__ import annotations

from typing import Any

import pytest

from tests.drivers import NOW_MS
from tests.log_configs import log_config
from wire.headers import encode_request
from wire.inspection import files, frames
from wire.inspection import records as inspected
from wire.inspection.records import ControlRecordKey, EndTransactionMarker, Entry, records_of
from wire.messages.heartbeat import HeartbeatRequest
from wire.records import BatchBuilder, Record, RecordBatch
from wire.records.control import ControlRecordType
from wire.records.control import EndTransactionMarker as Marker
from wire.records.legacy import build_message_set


@pytest.mark.parametrize("compression", range(5))
def test_batches(compression: int) -> None:
    """Every field of the header, and every record, in every codec."""
    builder = BatchBuilder(
        base_offset=70, compression=compression, producer_id=9, producer_epoch=2, base_sequence=5
    )
    headers = [("h", b"1"), ("n", None)]
    builder.append(timestamp=NOW_MS, key=None, value=b"a" * 200, headers=headers)
    builder.append(timestamp=NOW_MS + 3, key=b"k", value=None)
    data = builder.build()
    ours, theirs = RecordBatch(data), Entry.parse(data)

    for name in (
        "base_offset", "batch_length", "partition_leader_epoch", "magic", "crc",
        "last_offset_delta", "base_timestamp", "max_timestamp", "producer_id", "producer_epoch",
        "base_sequence", "record_count",
    ):  # fmt: skip
        assert getattr(ours, name) == theirs[name], name
    assert int(theirs.attributes.compression) == compression
    assert [
        (record.offset, record.timestamp, record.key, record.value, list(record.headers))
        for record in ours
    ] == [
        (
            theirs.base_offset + record.offset_delta,
            theirs.base_timestamp + record.timestamp_delta,
            record.key,
            record.value,
            [(header.key, header.value) for header in record.headers],
        )
        for record in records_of(theirs)
    ]
    assert inspected.RecordBatch.build(theirs) == data


@pytest.mark.parametrize("magic", [0, 1])
def test_message_sets(magic: int) -> None:
    """The formats before v2."""
    message = Entry.parse(build_message_set([Record(7, NOW_MS, b"k", b"v")], magic=magic))

    assert (message.offset, message.magic, message.key, message.value) == (7, magic, b"k", b"v")
    assert message.timestamp == (NOW_MS if magic else None)


@pytest.mark.parametrize("data", [b"", bytes(16), bytes(17)[:-1] + b"\3"])
def test_what_is_no_batch(data: bytes) -> None:
    """Too short to say what it is, or of a format that is not known."""
    assert Entry.parse(data) is None


def test_control_records() -> None:
    """What ends a transaction."""
    batch = Entry.parse(Marker(ControlRecordType.COMMIT, 4).batch(9, 2, NOW_MS))
    (record,) = records_of(batch)

    assert batch.attributes.is_control
    assert batch.attributes.is_transactional
    assert str(ControlRecordKey.parse(record.key).type) == "commit"
    assert EndTransactionMarker.parse(record.value).coordinator_epoch == 4


@pytest.mark.parametrize("version", [0, 4])
def test_frames(version: int) -> None:
    """The header of a request, classic and flexible."""
    request = HeartbeatRequest(group_id="g", generation_id=1, member_id="m")
    frame = frames.Frame.parse(encode_request(request, version, 77, "client"))
    header = frames.RequestHeaderV2 if version == 4 else frames.RequestHeaderV1
    parsed = header.parse(frame)

    assert (parsed.request_api_key, parsed.request_api_version) == (12, version)
    assert (parsed.correlation_id, parsed.client_id) == (77, "client")


def test_files_of_a_partition(tmp_path: Any) -> None:
    """Indexes and snapshots that storage wrote."""
    from storage import AppendOrigin, LogDir, MetaProperties, OsFilesystem, only_batch

    log_dir = LogDir(str(tmp_path), OsFilesystem())
    log_dir.open(MetaProperties("c", 1, "d"))
    log = log_dir.open_log("t", 0, bytes(16), log_config(index_interval_bytes=100), NOW_MS)
    for number in range(5):
        builder = BatchBuilder(producer_id=9, producer_epoch=0, base_sequence=number)
        builder.append(timestamp=NOW_MS + number, key=None, value=b"x" * 200)
        log.append(
            only_batch(builder.build()), leader_epoch=0, now_ms=NOW_MS, origin=AppendOrigin.CLIENT
        )
    log_dir.close({}, clean=True)
    folder = tmp_path / "t-0"
    offsets = files.OffsetIndex.parse((folder / f"{0:020d}.index").read_bytes())
    times = files.TimeIndex.parse((folder / f"{0:020d}.timeindex").read_bytes())
    snapshot = files.ProducerSnapshot.parse((folder / f"{5:020d}.snapshot").read_bytes())

    assert [entry.relative_offset for entry in offsets] == [1, 2, 3, 4]
    assert times[-1].timestamp == NOW_MS + 4
    assert [(entry.producer_id, entry.last_sequence) for entry in snapshot.producers] == [(9, 4)]
