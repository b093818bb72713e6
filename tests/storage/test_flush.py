"""Flushing a log, in two halves."""

from __future__ import annotations

import pytest

from storage import (
    AppendOrigin,
    FlushPlan,
    Log,
    LogDirFailed,
    MemoryFilesystem,
    only_batch,
)
from storage.filesystem import MemoryFile
from tests.log_configs import log_config
from tests.storage.conftest import NOW, Build, Workbench
from tests.storage.log_steps import append
from wire.records.control import ControlRecordType, EndTransactionMarker


class TestFlush:
    def test_moves_the_recovery_point_to_where_it_was_prepared(
        self, bench: Workbench, build: Build
    ) -> None:
        log = bench.log()
        assert log.prepare_flush() is None
        append(log, build(2))
        log.roll(NOW)
        append(log, build(2))
        plan = log.prepare_flush()
        append(log, build(2))
        plan.run()
        log.complete_flush(plan)
        assert log.recovery_point == 4
        assert log.unflushed_bytes == len(build(2))

    def test_of_before_a_truncation_is_void(self, bench: Workbench, build: Build) -> None:
        log = bench.log()
        append(log, build(2))
        append(log, build(2))
        plan = log.prepare_flush()
        log.truncate_to(2, NOW)
        append(log, build(2))
        log.complete_flush(plan)
        assert log.recovery_point == 0

    def test_syncs_no_more_than_it_must(self, bench: Workbench, build: Build) -> None:
        log = bench.log()
        append(log, build())
        names, folders = synced(bench, log)
        assert names == ["log", "leader-epoch-checkpoint", "metadata"]
        assert folders == ["/data/t-0", "/data"]
        append(log, build())
        assert synced(bench, log) == (["log"], [])
        log.roll(NOW)
        append(log, build())
        names, folders = synced(bench, log)
        assert names == ["log", "index", "timeindex", "snapshot"]
        assert folders == ["/data/t-0"]
        assert log.prepare_flush() is None

    def test_syncs_the_folder_for_the_name_of_a_new_segment(
        self, bench: Workbench, build: Build
    ) -> None:
        """Also where no new snapshot comes with the segment."""
        log = bench.log()
        append(log, build())
        synced(bench, log, snapshot=True)
        log.roll(NOW)
        append(log, build())
        names, folders = synced(bench, log)
        assert (names, folders) == (["log", "index", "timeindex"], ["/data/t-0"])

    def test_syncs_the_folder_for_a_file_that_was_replaced(
        self, bench: Workbench, build: Build
    ) -> None:
        log = bench.log()
        append(log, build())
        synced(bench, log)
        append(log, build(), epoch=1)
        assert synced(bench, log) == (["log", "leader-epoch-checkpoint"], ["/data/t-0"])

    def test_leaves_a_name_that_is_new_since_it_began_to_the_next(
        self, bench: Workbench, build: Build
    ) -> None:
        log = bench.log()
        plan = begun(log, build())
        log.roll(NOW)
        append(log, build())
        plan.run()
        log.complete_flush(plan)
        names, folders = synced(bench, log)
        assert (names, folders) == (["log", "index", "timeindex"], ["/data/t-0"])

    def test_leaves_files_that_were_written_since_it_began_to_the_next(
        self, bench: Workbench, build: Build
    ) -> None:
        log = bench.log()
        plan = begun(log, build())
        append(log, build(), epoch=1)
        log.roll(NOW)
        plan.run()
        log.complete_flush(plan)
        assert {"snapshot", "leader-epoch-checkpoint"} <= set(synced(bench, log)[0])

    def test_leaves_nothing_unflushed(self, bench: Workbench, build: Build) -> None:
        log = bench.log()
        for _ in range(3):
            append(log, build())
            synced(bench, log)
            assert log.unflushed_bytes == 0


def begun(log: Log, batch: bytes) -> FlushPlan:
    """A flush of the batch, and of a producer snapshot."""
    append(log, batch)
    plan = log.prepare_flush(snapshot=True)
    assert plan is not None
    return plan


def synced(bench: Workbench, log: Log, *, snapshot: bool = False) -> tuple[list[str], list[str]]:
    """Flushes; the kinds of files and the folders that were synced."""
    plan = log.prepare_flush(snapshot=snapshot)
    assert plan is not None
    paths = {id(file): path for path, file in bench.filesystem.files.items()}
    plan.run()
    log.complete_flush(plan)
    names = [
        paths[id(file)].rpartition("/")[2].rpartition(".")[2] for file in plan.store_flush._files
    ]
    return names, plan.store_flush._folders


def failing_sync(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_file: MemoryFile) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(MemoryFile, "sync", fail)


def test_a_flush_of_a_lot_writes_a_producer_snapshot(
    bench: Workbench, build: Build, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A start after a crash replays no more than that."""
    size = len(build())
    monkeypatch.setattr("storage.log._SNAPSHOT_INTERVAL_BYTES", 2 * size)
    log = bench.log()
    written = []
    for _ in range(5):
        append(log, build())
        written.append("snapshot" in synced(bench, log)[0])
    assert written == [False, True, False, True, False]


class TestFailure:
    def test_is_never_tried_again(
        self, bench: Workbench, build: Build, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        log, other = bench.log(), bench.log(topic="other")
        append(log, build())
        append(other, build())
        first, second = log.prepare_flush(), other.prepare_flush()
        failing_sync(monkeypatch)
        with pytest.raises(LogDirFailed, match="flushing t-0"):
            first.run()
        monkeypatch.undo()
        assert "flushing t-0" in str(bench.log_dir.failed)
        for refused in (first.run, second.run, log.prepare_flush, other.prepare_flush):
            with pytest.raises(LogDirFailed, match="flushing t-0"):
                refused()
        assert (log.recovery_point, log.unflushed_bytes) == (0, len(build()))

    def test_a_full_disk_is_one(
        self, bench: Workbench, build: Build, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Delayed allocation tells of it when it is too late."""
        log = bench.log()
        append(log, build())
        plan = log.prepare_flush()

        def fail(_file: MemoryFile) -> None:
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(MemoryFile, "sync", fail)
        with pytest.raises(LogDirFailed):
            plan.run()
        assert type(bench.log_dir.failed) is LogDirFailed

    def test_no_room_for_what_it_can_do_without_is_none(
        self, bench: Workbench, build: Build, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Indexes and a producer snapshot only save a recovery some work."""
        log = bench.log(log_config(index_interval_bytes=0))
        append(log, build())
        append(log, build())

        def fail(*_arguments: object) -> int:
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(MemoryFilesystem, "replace", fail)
        monkeypatch.setattr(MemoryFile, "write", fail)
        synced(bench, log, snapshot=True)
        assert log.recovery_point == 2
        monkeypatch.undo()

    def test_what_a_plan_covers_is_clean_only_once_it_is_complete(
        self, bench: Workbench, build: Build
    ) -> None:
        log = bench.log()
        append(log, build())
        log.roll(NOW)
        append(log, build())
        log.prepare_flush()  # and not run
        names, folders = synced(bench, log)
        assert sorted(names) == sorted(
            ["log", "log", "index", "timeindex", "leader-epoch-checkpoint", "snapshot", "metadata"]
        )
        assert folders == ["/data/t-0", "/data"]


class TestOverlappingPlans:
    def test_in_order(self, bench: Workbench, build: Build) -> None:
        log = bench.log()
        append(log, build())
        synced(bench, log)
        append(log, build())
        first = log.prepare_flush()
        append(log, build())
        second = log.prepare_flush()
        for plan, recovery_point, left in ((first, 2, len(build())), (second, 3, 0)):
            plan.run()
            log.complete_flush(plan)
            assert (log.recovery_point, log.unflushed_bytes) == (recovery_point, left)

    def test_out_of_order(self, bench: Workbench, build: Build) -> None:
        log = bench.log()
        append(log, build())
        first = log.prepare_flush()
        append(log, build())
        second = log.prepare_flush()
        for plan in (second, first):
            plan.run()
            log.complete_flush(plan)
            assert (log.recovery_point, log.unflushed_bytes) == (2, 0)


def test_after_a_truncation_no_more_is_unflushed_than_there_is(
    bench: Workbench, build: Build
) -> None:
    log = bench.log()
    append(log, build())
    append(log, build())
    log.truncate_to(1, NOW)
    assert log.unflushed_bytes == len(build())
    synced(bench, log)
    assert log.unflushed_bytes == 0


def test_deleting_a_log_during_its_flush_is_no_failure(disk: Workbench, build: Build) -> None:
    log = disk.log()
    append(log, build())
    plan = log.prepare_flush()
    disk.logs.remove(log)
    disk.log_dir.delete_log(log)
    disk.log_dir.purge()
    plan.run()
    log.complete_flush(plan)
    assert disk.log_dir.failed is None


def test_a_truncation_is_flushed_even_if_nothing_follows(bench: Workbench, build: Build) -> None:
    log = bench.log()
    append(log, build())
    append(log, build())
    synced(bench, log)
    log.truncate_to(1, NOW)
    names, _ = synced(bench, log)
    assert "log" in names
    assert log.prepare_flush() is None


def test_a_truncated_segment_is_synced_though_another_one_is_active(
    bench: Workbench, build: Build
) -> None:
    """Otherwise a power failure brings back what was cut off, also of its indexes."""
    log = bench.log()
    append(log, build())
    append(log, build())
    log.roll(NOW)
    append(log, build())
    synced(bench, log)
    log.truncate_to(1, NOW)
    log.roll(NOW)
    append(log, build())
    append(log, build())
    log.truncate_to(2, NOW)
    names, _ = synced(bench, log)
    assert (names.count("log"), names.count("index")) == (2, 2)
    append(log, build())
    assert synced(bench, log) == (["log"], [])


def test_indexes_that_a_recovery_made_anew_are_synced(bench: Workbench, build: Build) -> None:
    """Also those of the segment that ends at the recovery point."""
    log = bench.log()
    append(log, build())
    log.roll(NOW)
    synced(bench, log)
    bench.log_dir.checkpoint({})
    log = bench.reopen(log, clean=False)
    append(log, build())
    names, _ = synced(bench, log)
    assert names.count("index") == 2


def test_the_name_of_a_new_transaction_index_is_synced(bench: Workbench, build: Build) -> None:
    log = bench.log()
    fields = {"producer_id": 1, "producer_epoch": 0, "base_sequence": 0}
    append(log, build(1, is_transactional=True, **fields))
    synced(bench, log)
    marker = EndTransactionMarker(ControlRecordType.ABORT, 0).batch(1, 0, NOW)
    origin = AppendOrigin.COORDINATOR
    log.append(only_batch(marker), leader_epoch=0, now_ms=NOW, origin=origin)
    assert synced(bench, log) == (["log", "txnindex"], ["/data/t-0"])


def test_an_aborted_transaction_for_which_there_was_no_room_is_written(
    bench: Workbench, build: Build, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else a start after a crash would not know it: it reads no marker before the flush."""

    def fail(_self: MemoryFilesystem, _path: str) -> MemoryFile:
        raise OSError(28, "No space left on device")

    log = bench.log()
    fields = {"producer_id": 1, "producer_epoch": 0, "base_sequence": 0}
    append(log, build(1, is_transactional=True, **fields))
    marker = EndTransactionMarker(ControlRecordType.ABORT, 0).batch(1, 0, NOW)
    with monkeypatch.context() as full:
        full.setattr(MemoryFilesystem, "open", fail)
        origin = AppendOrigin.COORDINATOR
        log.append(only_batch(marker), leader_epoch=0, now_ms=NOW, origin=origin)
    synced(bench, log, snapshot=True)
    bench.log_dir.checkpoint({})
    log = bench.reopen(log, clean=False)
    assert len(log.aborted_transactions(0, 2)) == 1


def test_the_indexes_of_the_active_segment_are_written(bench: Workbench, build: Build) -> None:
    """So that a recovery has less to read."""
    log = bench.log(log_config(index_interval_bytes=0))
    for _ in range(3):
        append(log, build())
    indexes = ["/data/t-0/00000000000000000000.index", "/data/t-0/00000000000000000000.timeindex"]
    assert [bench.filesystem.size(path) for path in indexes] == [0, 0]
    synced(bench, log)
    assert [bench.filesystem.size(path) for path in indexes] == [16, 12]


def test_the_deletion_of_a_segment_is_flushed_even_if_nothing_follows(
    bench: Workbench, build: Build
) -> None:
    log = bench.log()
    append(log, build())
    log.roll(NOW)
    append(log, build())
    synced(bench, log)
    log.delete_before(1)
    _, folders = synced(bench, log)
    assert folders == ["/data/t-0"]
    assert log.prepare_flush() is None
