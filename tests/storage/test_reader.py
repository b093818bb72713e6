"""Reading a log."""

from __future__ import annotations

import pytest

from storage import (
    AppendInfo,
    AppendOrigin,
    FetchData,
    Log,
    OffsetOutOfRange,
    only_batch,
)
from tests.log_configs import log_config
from tests.storage.conftest import (
    NOW,
    Build,
    Workbench,
    segments_of,
)
from wire.records import RecordBatch, batches


def append(log: Log, batch: bytes, epoch: int = 0, now_ms: int = NOW) -> AppendInfo:
    return log.append(
        only_batch(batch), leader_epoch=epoch, now_ms=now_ms, origin=AppendOrigin.CLIENT
    )


def read(log: Log, offset: int, max_bytes: int = 1 << 20, end: int | None = None) -> FetchData:
    end = log.log_end_offset if end is None else end
    return log.read(offset, max_bytes, end_offset=end, min_one_batch=True)


def offsets(found: FetchData) -> list[int]:
    if found.records is None:
        return []
    return [record.offset for batch in batches(found.records.read()) for record in batch]


class TestRead:
    def test_starts_with_the_batch_that_contains_the_offset(
        self, bench: Workbench, build: Build
    ) -> None:
        log = bench.log()
        append(log, build(5))
        append(log, build(5))
        found = read(log, 7)
        assert found.start_offset == 5
        assert offsets(found) == [5, 6, 7, 8, 9]

    def test_is_cut_in_the_middle_of_a_batch(self, bench: Workbench, build: Build) -> None:
        log = bench.log()
        batch = build(1, 100)
        for _ in range(3):
            append(log, batch)
        found = read(log, 0, 2 * len(batch) - 1)
        assert len(found.records) == 2 * len(batch) - 1
        assert offsets(found) == [0]

    @pytest.mark.parametrize("min_one_batch", [True, False])
    def test_a_first_batch_beyond_the_limit(
        self, bench: Workbench, build: Build, min_one_batch: bool
    ) -> None:
        log = bench.log()
        batch = build(1, 100)
        append(log, batch)
        append(log, batch)
        found = log.read(0, 20, end_offset=2, min_one_batch=min_one_batch)
        assert len(found.records) == (len(batch) if min_one_batch else 20)
        assert found.first_entry_incomplete is not min_one_batch

    @pytest.mark.parametrize(("missing", "incomplete"), [(0, False), (1, True)])
    def test_a_first_batch_that_fits_just_so(
        self, bench: Workbench, build: Build, missing: int, incomplete: bool
    ) -> None:
        log = bench.log()
        batch = build(1, 100)
        append(log, batch)
        append(log, batch)
        found = log.read(0, len(batch) - missing, end_offset=2, min_one_batch=False)
        assert found.first_entry_incomplete is incomplete

    def test_no_bytes_wanted(self, bench: Workbench, build: Build) -> None:
        log = bench.log()
        append(log, build())
        assert log.read(0, 0, end_offset=1, min_one_batch=False).records is None

    def test_stops_at_the_end_offset(self, bench: Workbench, build: Build) -> None:
        log = bench.log()
        for _ in range(4):
            append(log, build(2))
        assert offsets(read(log, 2, end=6)) == [2, 3, 4, 5]
        assert read(log, 6, end=6).records is None
        assert read(log, 7, end=6).records is None

    def test_an_end_offset_inside_a_batch_excludes_it(self, bench: Workbench, build: Build) -> None:
        log = bench.log()
        append(log, build(2))
        append(log, build(4))
        assert offsets(read(log, 0, end=4)) == [0, 1]
        assert read(log, 2, end=4).records is None

    def test_outside_of_the_log(self, bench: Workbench, build: Build) -> None:
        log = bench.log()
        append(log, build(4))
        log.delete_before(2)
        for offset in (1, 5):
            with pytest.raises(OffsetOutOfRange):
                read(log, offset)
        assert read(log, 4).records is None

    def test_never_crosses_a_segment(self, bench: Workbench, build: Build) -> None:
        batch = build(1, 100)
        log = bench.log(log_config(segment_bytes=2 * len(batch)))
        for _ in range(5):
            append(log, batch)
        assert [segment.base_offset for segment in segments_of(log)] == [0, 2, 4]
        assert offsets(read(log, 1)) == [1]
        assert offsets(read(log, 1, end=4)) == [1]
        assert offsets(read(log, 2)) == [2, 3]
        assert offsets(read(log, 2, end=3)) == [2]

    def test_every_offset_through_the_index_and_from_memory(
        self, bench: Workbench, build: Build
    ) -> None:
        log = bench.log(log_config(index_interval_bytes=300))
        for index in range(60):
            append(log, build(1 + index % 3, index))
        for _ in range(2):
            for offset in range(log.log_end_offset):
                assert offset in offsets(read(log, offset))
                assert offsets(read(log, offset))[0] == read(log, offset).start_offset

    def test_a_region_outlives_eviction_and_deletion(self, disk: Workbench, build: Build) -> None:
        disk.log_dir._caches.files.capacity = 1
        log = disk.log()
        append(log, build(3))
        region = read(log, 0).records
        other = disk.log(topic="other")
        append(other, build())
        append(other, build())
        disk.logs.remove(log)
        disk.log_dir.delete_log(log)
        disk.log_dir.purge()
        assert region.file.fileno() >= 0
        assert len(list(RecordBatch(region.read()))) == 3


def test_a_read_to_the_end_of_a_segment_is_bound_by_the_next(
    bench: Workbench, build: Build
) -> None:
    log = bench.log()
    append(log, build())
    log.roll(NOW)
    append(log, build())
    assert [log.bound_of(read(log, offset)) for offset in (0, 1)] == [1, 2]


def test_what_was_read_lies_before_its_bound(bench: Workbench, build: Build) -> None:
    """However many index entries lie within it."""
    log = bench.log(log_config(index_interval_bytes=0))
    batch = build()
    for _ in range(8):
        append(log, batch)

    for count in range(1, 8):
        found = read(log, 0, count * len(batch))
        assert offsets(found)[-1] == count - 1
        assert count <= log.bound_of(found) <= count + 1
