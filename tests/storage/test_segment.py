"""One segment: files by name, and batches where the index does not reach."""

from __future__ import annotations

import pytest

from storage import AppendOrigin, CorruptBatch, MemoryFilesystem, only_batch
from storage.clock_cache import SegmentCaches
from storage.segment import _SCAN_BYTES, LogSegment
from tests.log_configs import log_config
from tests.storage.conftest import NOW, Build, Workbench, segments_of
from wire.records import Record, RecordBatch, patch_offset_and_epoch
from wire.records.legacy import build_message_set


@pytest.fixture
def segment() -> LogSegment:
    filesystem = MemoryFilesystem()
    filesystem.make_folders("/d")
    segment = LogSegment("/d", 7, filesystem, SegmentCaches(4), log_config(), NOW)
    segment.create()
    return segment


def fill(segment: LogSegment, data: bytes) -> None:
    segment.file().write(segment.size, (data,))
    segment.size += len(data)


def test_names(segment: LogSegment) -> None:
    stem = "/d/00000000000000000007"
    assert segment.paths() == [f"{stem}.{s}" for s in ("log", "index", "timeindex", "txnindex")]


def test_messages_of_older_formats_are_found(segment: LogSegment) -> None:
    for offset in (7, 8, 9):
        magic = 0 if offset == 7 else 1
        fill(segment, build_message_set([Record(offset, 5, b"k", b"v")], magic=magic))
    assert segment.next_offset() == 10
    position, header = segment.find(8)
    assert (header.base_offset, header.magic) == (8, 1)
    (record,) = segment.read_batch(position, header)
    assert record.value == b"v"
    assert segment.find(10) is None


@pytest.mark.parametrize("size", [10, 40])
def test_a_torn_batch_is_corrupt(segment: LogSegment, size: int) -> None:
    fill(segment, build_message_set([Record(7, 5, b"k", b"v" * 30)], magic=1)[:size])
    with pytest.raises(CorruptBatch):
        segment.next_offset()


@pytest.mark.parametrize("batches_before", [1, 2])
def test_a_header_that_two_reads_share(
    segment: LogSegment, build: Build, batches_before: int
) -> None:
    """Headers are read in chunks; every place of the last one across the end of a chunk."""
    empty = len(build(size=1000)) - 1000
    for missing in range(1, 64):
        segment.size = 0
        for number in range(batches_before + 1):
            size = (_SCAN_BYTES - missing) // batches_before - empty
            data = bytearray(build(size=size))
            patch_offset_and_epoch(data, 7 + number, 0)
            fill(segment, bytes(data))
        assert [header.base_offset for _, header in segment.scan(0)] == [
            7 + number for number in range(batches_before + 1)
        ]


def test_without_batches(segment: LogSegment) -> None:
    assert (segment.next_offset(), segment.max_timestamp) == (7, -1)
    assert segment.offset_of_max_timestamp == 7
    assert segment.largest_timestamp == 0  # the age of a file in memory


def test_batches_larger_than_a_scan(segment: LogSegment) -> None:
    from wire.records import BatchBuilder

    for offset in (7, 8):
        builder = BatchBuilder(base_offset=offset)
        builder.append(NOW, None, b"x" * 20_000)
        fill(segment, builder.build())
    position, header = segment.find(8)
    assert isinstance(segment.read_batch(position, header), RecordBatch)
    assert position == segment.size // 2


@pytest.mark.parametrize("first", [NOW, 0])
def test_the_first_batch_with_the_greatest_timestamp(
    bench: Workbench, build: Build, first: int
) -> None:
    log = bench.log()
    found = []
    for timestamp in (first, first + 5, first + 5, first + 3):
        batch = only_batch(build(timestamp=timestamp))
        log.append(batch, leader_epoch=0, now_ms=NOW, origin=AppendOrigin.CLIENT)
        active = segments_of(log).active
        found.append((active.max_timestamp - first, active.offset_of_max_timestamp))
    assert found == [(0, 0), (5, 1), (5, 1), (5, 1)]


def test_the_greatest_timestamp_may_be_0(disk: Workbench, build: Build) -> None:
    log = disk.log()
    for timestamp in (-1, 0):
        batch = only_batch(build(timestamp=timestamp))
        log.append(batch, leader_epoch=0, now_ms=NOW, origin=AppendOrigin.CLIENT)
    active = segments_of(log).active
    assert (active.max_timestamp, active.offset_of_max_timestamp) == (0, 1)
    assert active.largest_timestamp == 0  # and not the age of the file


def test_the_first_batch_with_the_greatest_timestamp_after_a_truncation(
    bench: Workbench, build: Build
) -> None:
    log = bench.log(log_config(index_interval_bytes=0))
    for _ in range(4):
        log.append(only_batch(build()), leader_epoch=0, now_ms=NOW, origin=AppendOrigin.CLIENT)
    log.truncate_to(3, NOW)
    assert log.offset_of_max_timestamp() == (0, NOW, 0)


def test_age_is_counted_from_the_first_timestamp_also_from_0(
    bench: Workbench, build: Build
) -> None:
    log = bench.log(log_config(segment_ms=50))
    for timestamp in (0, 50, 51):
        batch = only_batch(build(timestamp=timestamp))
        log.append(batch, leader_epoch=0, now_ms=NOW, origin=AppendOrigin.CLIENT)
    assert [segment.base_offset for segment in segments_of(log)] == [0, 2]


def test_age_is_counted_from_the_first_timestamp_also_after_a_crash(
    bench: Workbench, build: Build
) -> None:
    """A recovery reads from the last index entry on, and not the first batch."""
    log = bench.log(log_config(segment_ms=50, index_interval_bytes=0))
    for timestamp in (0, 10, 20):
        batch = only_batch(build(timestamp=NOW + timestamp))
        log.append(batch, leader_epoch=0, now_ms=NOW, origin=AppendOrigin.CLIENT)
    plan = log.prepare_flush(snapshot=True)
    plan.run()
    log.complete_flush(plan)
    bench.log_dir.checkpoint({})
    log = bench.reopen(log, clean=False)
    for timestamp in (50, 51):
        batch = only_batch(build(timestamp=NOW + timestamp))
        log.append(batch, leader_epoch=0, now_ms=NOW, origin=AppendOrigin.CLIENT)
    assert [segment.base_offset for segment in segments_of(log)] == [0, 4]


@pytest.mark.parametrize(("beyond", "rolls"), [(0, False), (1, True)])
def test_offsets_count_from_the_base_in_31_bits(
    segment: LogSegment, beyond: int, rolls: bool
) -> None:
    last_offset = 7 + (1 << 31) - 1 + beyond
    assert segment.should_roll(log_config(), 100, last_offset, NOW, NOW) is rolls
