"""Appending, reading, rolling, cutting and flushing a log."""

from __future__ import annotations

import pytest

from storage import (
    AppendInfo,
    AppendOrigin,
    FetchData,
    Log,
    LogDirFailed,
    OffsetOutOfRange,
    OsFilesystem,
    RecordListTooLarge,
    StorageError,
    only_batch,
)
from storage.filesystem import File, MemoryFile
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
from wire.records import RecordBatch, TimestampType, batches
from wire.records.control import ControlRecordType, EndTransactionMarker


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
    log = bench.log(log_config(segment_bytes=100))
    with pytest.raises(RecordListTooLarge):
        append(log, build(1, 100))
    assert log.log_end_offset == 0


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


class TestTruncate:
    def test_to_a_batch_boundary(self, bench: Workbench, build: Build) -> None:
        log = bench.log(log_config(index_interval_bytes=0))
        for epoch in range(4):
            append(log, build(2, timestamp=NOW + 10 * epoch), epoch=epoch)
        log.truncate_to(4, NOW)
        assert log.log_end_offset == 4
        assert offsets(read(log, 0)) == [0, 1, 2, 3]
        assert epochs_of(log).entries == [(0, 0), (1, 2)]
        assert log.offset_of_max_timestamp() == (3, NOW + 11, 1)
        assert append(log, build(), epoch=7).first_offset == 4

    def test_forgets_where_batches_began(self, bench: Workbench, build: Build) -> None:
        log = bench.log()
        for offset in range(3):
            append(log, build())
            read(log, offset)  # keeps the position for the next read
        log.truncate_to(1, NOW)
        append(log, build(5))
        assert offsets(read(log, 2)) == [1, 2, 3, 4, 5]

    def test_drops_segments(self, bench: Workbench, build: Build) -> None:
        log = bench.log()
        for _ in range(3):
            append(log, build())
            log.roll(NOW)
        log.truncate_to(1, NOW)
        assert [segment.base_offset for segment in segments_of(log)] == [0, 1]
        assert append(log, build()).first_offset == 1
        bench.log_dir.purge()
        assert not [name for name in bench.filesystem.list(folder_of(log)) if "deleted" in name]

    def test_drops_later_segments_before_it_cuts_one(
        self, bench: Workbench, build: Build, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """After a kill in between, they would belong to the log, behind a hole."""
        log = bench.log()
        append(log, build())
        append(log, build())
        log.roll(NOW)
        append(log, build())
        later = segments_of(log).active.path
        found = []
        truncate = MemoryFile.truncate

        def truncate_noted(self: MemoryFile, size: int) -> None:
            found.append(bench.filesystem.exists(later))
            truncate(self, size)

        monkeypatch.setattr(MemoryFile, "truncate", truncate_noted)
        log.truncate_to(1, NOW)
        assert found == [False]

    def test_beyond_the_end_does_nothing(self, bench: Workbench, build: Build) -> None:
        log = bench.log()
        append(log, build(2))
        plan = log.prepare_flush()
        assert plan is not None
        log.truncate_to(2, NOW)
        log.truncate_to(9, NOW)
        assert log.log_end_offset == 2
        plan.run()
        log.complete_flush(plan)
        assert log.recovery_point == 2, "the flush is not void"

    def test_forgets_sequences_that_were_cut(self, bench: Workbench, build: Build) -> None:
        log = bench.log()
        for sequence in range(3):
            append(log, build(producer_id=1, producer_epoch=0, base_sequence=sequence))
        log.truncate_to(1, NOW)
        info = append(log, build(producer_id=1, producer_epoch=0, base_sequence=1))
        assert (info.first_offset, info.is_duplicate) == (1, False)

    def test_brings_expired_producers_back_to_this_log_only(
        self, bench: Workbench, build: Build
    ) -> None:
        log, other = bench.log(), bench.log(topic="other")
        append(log, build(producer_id=1, producer_epoch=0, base_sequence=0))
        append(log, build())
        log.expire_producers(NOW + 1, 1)
        log = bench.reopen(log)
        other = bench.log(topic="other")
        assert not log.active_producers()
        log.truncate_to(1, NOW)
        assert [producer.producer_id for producer in log.active_producers()] == [1]
        assert not other.active_producers()

    def test_below_the_start(self, bench: Workbench, build: Build) -> None:
        """The log starts there, too."""
        log = bench.log()
        append(log, build(2))
        append(log, build(2))
        log.delete_before(3)
        log.truncate_to(2, NOW)
        assert (log.log_start_offset, log.log_end_offset) == (2, 2)

    def test_fully_forgets_producers(self, bench: Workbench, build: Build) -> None:
        """Their snapshots too, which would bring them back after a crash."""
        log = bench.log()
        append(log, build(producer_id=1, producer_epoch=0, base_sequence=0))
        log.roll(NOW)
        plan = log.prepare_flush()
        assert plan is not None
        plan.run()
        log.complete_flush(plan)
        bench.log_dir.checkpoint({})
        log.truncate_fully_and_start_at(10, NOW)
        for again in (log, bench.reopen(log, clean=False)):
            assert producers_of(again).is_empty

    def test_fully(self, bench: Workbench, build: Build) -> None:
        log = bench.log()
        append(log, build(3), epoch=2)
        log.truncate_fully_and_start_at(10, NOW)
        assert log.unflushed_bytes == 0
        assert (log.log_start_offset, log.log_end_offset, log.size_bytes) == (10, 10, 0)
        assert log.latest_epoch is None
        log = bench.reopen(log)
        assert (log.log_start_offset, log.log_end_offset) == (10, 10)
        assert append(log, build()).first_offset == 10

    def test_fully_is_refused_when_the_directory_has_failed(
        self, bench: Workbench, build: Build
    ) -> None:
        log = bench.log()
        append(log, build())
        bench.log_dir.fail(StorageError("the disk is on fire"))
        with pytest.raises(LogDirFailed, match="on fire"):
            log.truncate_fully_and_start_at(10, NOW)
        assert log.log_end_offset == 1

    def test_before_the_first_segment(self, bench: Workbench, build: Build) -> None:
        log = bench.log()
        log.truncate_fully_and_start_at(10, NOW)
        append(log, build())
        log.truncate_to(4, NOW)
        assert (log.log_start_offset, log.log_end_offset) == (4, 4)


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
