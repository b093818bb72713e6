"""Appending, reading, rolling, and deleting from the start of a log."""

from __future__ import annotations

import pytest

from storage import (
    AppendOrigin,
    DiskFull,
    Log,
    LogDirFailed,
    MemoryFilesystem,
    OffsetOutOfRange,
    OsFilesystem,
    RecordListTooLarge,
    RecordTooLarge,
    only_batch,
)
from storage.filesystem import File
from tests.log_configs import log_config
from tests.storage.conftest import (
    NOW,
    Build,
    Workbench,
    epochs_of,
    folder_of,
    producers_of,
    segments_of,
)
from tests.storage.log_steps import append, offsets, read
from wire.records import RecordBatch, TimestampType
from wire.records.compression import Compression
from wire.records.control import ControlRecordType, EndTransactionMarker


def test_append_gives_offsets_and_leader_epoch_and_leaves_the_bytes_alone(
    bench: Workbench, build: Build
) -> None:
    log = bench.log()
    append(log, build(3))
    sent = build(2)
    info = append(log, memoryview(sent).tobytes(), epoch=5)
    assert (info.first_offset, info.last_offset, info.record_count) == (3, 4, 2)
    assert (info.max_timestamp, info.log_append_time_ms, info.is_duplicate) == (NOW + 1, -1, False)
    stored = RecordBatch(read(log, 3).records.read())
    assert (stored.base_offset, stored.partition_leader_epoch) == (3, 5)
    assert stored.is_valid()
    assert bytes(stored.body()) == sent[61:]
    assert RecordBatch(sent).base_offset == 0


def test_no_segment_files_before_the_first_append(bench: Workbench, build: Build) -> None:
    log = bench.log()
    assert bench.filesystem.list(folder_of(log)) == ["partition.metadata"]
    append(log, build())
    assert "00000000000000000000.log" in bench.filesystem.list(folder_of(log))


def test_log_append_time(bench: Workbench, build: Build) -> None:
    log = bench.log(log_config(message_timestamp_type=TimestampType.LOG_APPEND_TIME))
    info = append(log, build(2), now_ms=NOW + 77)
    assert info.log_append_time_ms == info.max_timestamp == NOW + 77
    stored = RecordBatch(read(log, 0).records.read())
    assert stored.is_valid()
    assert [record.timestamp for record in stored] == [NOW + 77] * 2


def test_a_batch_larger_than_a_segment_is_refused(bench: Workbench, build: Build) -> None:
    size = len(build(1, 100))
    log = bench.log(log_config(segment_bytes=size - 1))
    with pytest.raises(RecordListTooLarge):
        append(log, build(1, 100))
    assert log.log_end_offset == 0
    log.config = log_config(segment_bytes=size)
    append(log, build(1, 100))


class TestSizeAsItIsStored:
    """What counts is the batch in the codec of the topic."""

    def test_one_that_is_unpacked(self, bench: Workbench, build: Build) -> None:
        config = log_config(segment_bytes=1000, compression_type=Compression.NONE)
        with pytest.raises(RecordListTooLarge):
            append(bench.log(config), build(1, 2000, compression=Compression.GZIP))

    def test_one_that_is_packed(self, bench: Workbench, build: Build) -> None:
        log = bench.log(log_config(segment_bytes=1000, compression_type=Compression.GZIP))
        append(log, build(1, 2000))
        assert log.log_end_offset == 1

    def test_other_reasons_come_first(self, bench: Workbench, build: Build) -> None:
        log = bench.log(log_config(segment_bytes=100, max_message_bytes=100))
        with pytest.raises(RecordTooLarge):
            append(log, build(1, 100))


def test_bytes_after_the_batch_are_not_stored(bench: Workbench, build: Build) -> None:
    log = bench.log()
    append(log, build() + b"not a batch")
    append(log, build())
    assert offsets(read(log, 0)) == [0, 1]


class TestRoll:
    def test_by_the_time_between_first_and_new_batch(self, bench: Workbench, build: Build) -> None:
        log = bench.log(log_config(segment_ms=1000))
        append(log, build(timestamp=NOW))
        append(log, build(timestamp=NOW + 1000), now_ms=NOW + 5000)
        assert len(segments_of(log)) == 1
        append(log, build(timestamp=NOW + 1001))
        assert [segment.base_offset for segment in segments_of(log)] == [0, 2]

    def test_by_the_greatest_timestamp_of_the_new_batch(
        self, bench: Workbench, build: Build
    ) -> None:
        log = bench.log(log_config(segment_ms=1000))
        append(log, build(timestamp=NOW))
        append(log, build(count=2, timestamp=NOW + 1000))
        assert len(segments_of(log)) == 2

    def test_by_age_when_batches_have_no_timestamp(self, bench: Workbench, build: Build) -> None:
        log = bench.log(log_config(segment_ms=1000))
        append(log, build(timestamp=-1))
        append(log, build(timestamp=-1), now_ms=NOW + 1000)
        assert len(segments_of(log)) == 1
        append(log, build(timestamp=-1), now_ms=NOW + 1001)
        assert len(segments_of(log)) == 2

    def test_by_time_after_a_restart(self, bench: Workbench, build: Build) -> None:
        log = bench.log(log_config(segment_ms=1000))
        append(log, build(timestamp=NOW))
        log = bench.reopen(log)
        append(log, build(timestamp=NOW + 1001))
        assert len(segments_of(log)) == 2

    def test_when_the_index_is_full(self, bench: Workbench, build: Build) -> None:
        log = bench.log(log_config(segment_index_bytes=48, index_interval_bytes=0))
        for index in range(8):
            append(log, build(timestamp=NOW + index))
        # 48 bytes hold four time index entries, one of which is kept for the roll.
        assert [segment.base_offset for segment in segments_of(log)] == [0, 4]

    def test_when_the_offset_index_is_full(self, bench: Workbench, build: Build) -> None:
        """The time index has one entry, as all timestamps are the same."""
        log = bench.log(log_config(segment_index_bytes=48, index_interval_bytes=0))
        for _ in range(8):
            append(log, build())
        assert [segment.base_offset for segment in segments_of(log)] == [0, 7]

    def test_not_for_large_offsets(self, bench: Workbench, build: Build) -> None:
        log = bench.log()
        log.truncate_fully_and_start_at(3 << 30, NOW)
        append(log, build())
        append(log, build())
        assert len(segments_of(log)) == 1

    def test_by_the_index_settings_that_the_segment_began_with(
        self, bench: Workbench, build: Build
    ) -> None:
        log = bench.log(log_config(segment_index_bytes=48, index_interval_bytes=0))
        append(log, build(timestamp=NOW))
        log.config = log_config()
        for index in range(1, 9):
            append(log, build(timestamp=NOW + index))
        assert [segment.base_offset for segment in segments_of(log)] == [0, 4]

    def test_not_for_index_entries_that_were_truncated(
        self, bench: Workbench, build: Build
    ) -> None:
        log = bench.log(log_config(segment_index_bytes=48, index_interval_bytes=0))
        for index in range(5):  # the last one is in a second segment
            append(log, build(timestamp=NOW + index))
        log.truncate_to(1, NOW)
        append(log, build(timestamp=NOW + 1))
        assert [segment.base_offset for segment in segments_of(log)] == [0]

    def test_leaves_complete_indexes_and_a_producer_snapshot(
        self, bench: Workbench, build: Build
    ) -> None:
        log = bench.log()
        append(log, build(2))
        log.roll(NOW)
        append(log, build())
        first = next(iter(segments_of(log)))
        assert first.time_index.last_entry() == (NOW + 1, 1)
        assert "00000000000000000002.snapshot" in bench.filesystem.list(folder_of(log))

    def test_forgets_where_reads_ended(self, bench: Workbench, build: Build) -> None:
        log = bench.log()
        append(log, build())
        assert offsets(read(log, 0)) == [0]
        log.roll(NOW)
        append(log, build())
        assert offsets(read(log, 1)) == [1]

    def test_an_empty_segment_is_not_rolled(self, bench: Workbench) -> None:
        log = bench.log()
        assert log.roll(NOW) is log.roll(NOW)
        assert len(segments_of(log)) == 1


class TestDeleteBefore:
    def test_moves_the_start_and_drops_whole_segments(self, bench: Workbench, build: Build) -> None:
        log = bench.log()
        for epoch in range(3):
            append(log, build(4), epoch=epoch)
            log.roll(NOW)
        log.delete_before(6)
        assert log.log_start_offset == 6
        assert [segment.base_offset for segment in segments_of(log)] == [4, 8, 12]
        assert epochs_of(log).entries == [(1, 6), (2, 8)]
        assert offsets(read(log, 6)) == [4, 5, 6, 7]
        log.delete_before(5)
        assert log.log_start_offset == 6

    @pytest.mark.parametrize("clean", [True, False])
    def test_survives_a_restart(self, bench: Workbench, build: Build, clean: bool) -> None:
        log = bench.log()
        append(log, build(4))
        log.delete_before(3)
        bench.log_dir.checkpoint({})
        assert bench.reopen(log, clean=clean).log_start_offset == 3

    def test_everything(self, bench: Workbench, build: Build) -> None:
        log = bench.log()
        append(log, build(4))
        log.delete_before(4)
        assert read(log, 4).records is None
        with pytest.raises(OffsetOutOfRange):
            log.delete_before(5)
        log = bench.reopen(log)
        assert (log.log_start_offset, log.log_end_offset) == (4, 4)


class _FullDisk:
    """A file that takes the first bytes only, or none."""

    def __init__(self, file: object, room: int) -> None:
        self._file = file
        self._room = room

    def __getattr__(self, name: str) -> object:
        return getattr(self._file, name)

    def write(self, position: int, buffers: tuple[bytes, ...]) -> int:
        if self._room == 0:
            raise OSError(28, "No space left on device")
        data = b"".join(buffers)[: self._room]
        self._room -= len(data)
        return self._file.write(position, (data,))  # type: ignore[attr-defined]


@pytest.mark.parametrize("room", [0, 70])
def test_a_failed_write_leaves_the_log_as_it_was(bench: Workbench, build: Build, room: int) -> None:
    log = bench.log()
    append(log, build())
    segment = segments_of(log).active
    whole = segment._file
    segment._file = _FullDisk(whole, room)
    with pytest.raises(LogDirFailed):
        append(log, build(producer_id=4, producer_epoch=0, base_sequence=0))
    segment._file = whole
    assert log.log_end_offset == 1
    assert not producers_of(log).producers


def test_a_batch_that_is_written_in_parts(bench: Workbench, build: Build) -> None:
    """A write may take fewer bytes than it is given, though there is room."""

    class InParts(_FullDisk):
        def write(self, position: int, buffers: tuple[bytes, ...]) -> int:
            self._room = 7
            return super().write(position, buffers)

    log = bench.log()
    sent = [build(), build(2)]
    append(log, sent[0])
    segment = segments_of(log).active
    whole = segment._file
    segment._file = InParts(whole, 0)
    append(log, sent[1])
    segment._file = whole
    stored = read(log, 0).records.read()
    assert len(stored) == len(b"".join(sent))
    assert offsets(read(log, 0)) == [0, 1, 2]


def test_few_descriptors_serve_many_logs(disk: Workbench, build: Build) -> None:
    disk.log_dir._caches.files.capacity = 3
    logs = [disk.log(log_config(index_interval_bytes=0), partition=p) for p in range(10)]
    for _ in range(3):
        for log in logs:
            append(log, build(2))
    assert len(disk.log_dir._caches.files) <= 3
    for log in logs:
        assert offsets(read(log, 3)) == [2, 3, 4, 5]
        assert segments_of(log).active.offset_index.entry_count() == 2


def test_a_file_that_is_read_stays_open_longer(bench: Workbench, build: Build) -> None:
    bench.log_dir._caches.files.capacity = 3
    logs = [bench.log(partition=partition) for partition in range(5)]
    for log in logs[:4]:
        append(log, build())
    read(logs[1], 0)
    append(logs[4], build())
    is_open = [segments_of(log).active._file is not None for log in logs]
    assert is_open == [False, True, False, True, True]


@pytest.mark.parametrize("suffix", [".log", ".index", ".timeindex"])
def test_a_segment_without_room_for_its_files_is_not_kept_open(
    bench: Workbench, build: Build, monkeypatch: pytest.MonkeyPatch, suffix: str
) -> None:
    open_file = MemoryFilesystem.open

    def open_unless_full(self: MemoryFilesystem, path: str) -> File:
        if path.endswith(f"01{suffix}"):
            raise OSError(28, "No space left on device")
        return open_file(self, path)

    log = bench.log()
    append(log, build())
    files = bench.log_dir._caches.files
    with monkeypatch.context() as full:
        full.setattr(MemoryFilesystem, "open", open_unless_full)
        with pytest.raises(DiskFull):
            log.roll(NOW)
    assert (len(files), files.used) == (1, 1)
    log.roll(NOW)
    assert [segment.base_offset for segment in segments_of(log)] == [0, 1]


def test_nothing_of_a_deleted_log_is_kept(bench: Workbench, build: Build) -> None:
    log = bench.log(log_config(index_interval_bytes=0))
    for _ in range(3):
        append(log, build())
    bench.logs.remove(log)
    bench.log_dir.delete_log(log)
    caches = bench.log_dir._caches
    assert [(len(cache), cache.used) for cache in (caches.files, caches.indexes)] == [(0, 0)] * 2


def test_index_entries_outlast_descriptors(
    disk: Workbench, build: Build, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An append to a segment whose file was closed opens that file, and nothing else."""
    disk.log_dir._caches.files.capacity = 3
    logs = [disk.log(log_config(index_interval_bytes=0), partition=p) for p in range(10)]
    for _ in range(2):
        for log in logs:
            append(log, build(2))
    opened: list[str] = []
    read_again: list[str] = []
    open_file, read_file = OsFilesystem.open, OsFilesystem.read

    def open_noted(self: OsFilesystem, path: str) -> File:
        opened.append(path)
        return open_file(self, path)

    def read_noted(self: OsFilesystem, path: str) -> bytes:
        read_again.append(path)
        return read_file(self, path)

    monkeypatch.setattr(OsFilesystem, "open", open_noted)
    monkeypatch.setattr(OsFilesystem, "read", read_noted)
    for log in logs:
        append(log, build(2))
    assert opened == [segments_of(log).active.path for log in logs]
    assert read_again == []


def test_index_entries_that_are_evicted_come_back(disk: Workbench, build: Build) -> None:
    disk.log_dir._caches.indexes.capacity = 1000
    logs = [disk.log(log_config(index_interval_bytes=0), partition=p) for p in range(10)]
    for _ in range(5):
        for log in logs:
            append(log, build(2))
    assert disk.log_dir._caches.indexes.used <= 1000
    assert [segments_of(log).active.offset_index.entry_count() for log in logs] == [4] * 10


def test_the_catalog_may_have_larger_batches(bench: Workbench, build: Build) -> None:
    log = bench.log(log_config(max_message_bytes=8 << 20))
    assert append(log, build(1, 7 << 20)).last_offset == 0


class TestTransactions:
    @pytest.fixture
    def log(self, bench: Workbench, build: Build) -> Log:
        """With a transaction of producer 1 at offset 1."""
        log = bench.log()
        append(log, build())
        fields = {"producer_id": 1, "producer_epoch": 5, "base_sequence": 0}
        append(log, build(2, is_transactional=True, **fields))
        return log

    def abort(self, log: Log) -> None:
        marker = EndTransactionMarker(ControlRecordType.ABORT, 0).batch(1, 5, NOW)
        origin = AppendOrigin.COORDINATOR
        log.append(only_batch(marker), leader_epoch=0, now_ms=NOW, origin=origin)

    def test_who_has_one(self, log: Log) -> None:
        """Of this epoch alone, until its marker."""
        assert [log.has_transaction(1, epoch) for epoch in (4, 5, 6)] == [False, True, False]
        assert not log.has_transaction(2, 5)
        self.abort(log)
        assert not log.has_transaction(1, 5)

    def test_one_may_begin_with_the_log(self, bench: Workbench, build: Build) -> None:
        log = bench.log(topic="other")
        fields = {"producer_id": 1, "producer_epoch": 5, "base_sequence": 0}
        append(log, build(is_transactional=True, **fields))
        for again in (log, bench.reopen(log)):
            assert again.has_transaction(1, 5)
            assert again.last_stable_offset(1) == 0

    def test_what_is_not_committed_is_not_stable(self, log: Log) -> None:
        assert [log.last_stable_offset(high_watermark) for high_watermark in (0, 1, 3)] == [0, 1, 1]

    def test_whose_epoch_is_over(self, log: Log) -> None:
        assert [log.is_epoch_over(1, epoch) for epoch in (4, 5, 6)] == [True, False, False]
        assert not log.is_epoch_over(2, 4)

    @pytest.mark.parametrize(
        ("start", "end", "found"),
        [(0, 1, 0), (0, 2, 1), (1, 4, 1), (3, 4, 1), (4, 5, 0)],
    )
    def test_aborted_ones_of_a_range(
        self, log: Log, build: Build, start: int, end: int, found: int
    ) -> None:
        """Those with any record in it; the marker counts."""
        self.abort(log)
        append(log, build())
        assert len(log.aborted_transactions(start, end)) == found
