"""The directory of logs: lock, identity, checkpoints, deletion."""

from __future__ import annotations

from pathlib import Path

import pytest

from storage import (
    AppendOrigin,
    Log,
    LogConfig,
    LogDir,
    LogDirFailed,
    LogDirLocked,
    MetaProperties,
    OsFilesystem,
    UnsupportedFormat,
)
from tests.storage.conftest import IDENTITY, NOW, TOPIC_ID, Build, Workbench


def append(log: Log, batch: bytes) -> None:
    log.append(batch, leader_epoch=0, now_ms=NOW, origin=AppendOrigin.CLIENT)


class TestLock:
    def test_one_user_at_a_time(self, disk: Workbench) -> None:
        second = LogDir(disk.path, OsFilesystem())
        with pytest.raises(LogDirLocked, match=disk.path):
            second.open(IDENTITY)
        disk.stop()
        second.open(IDENTITY)
        second.close({}, clean=True)
        disk.start()

    def test_in_memory_too(self, bench: Workbench) -> None:
        with pytest.raises(LogDirLocked):
            LogDir(bench.path, bench.filesystem).open(IDENTITY)


class TestIdentity:
    def test_the_first_one_stays(self, bench: Workbench) -> None:
        bench.stop()
        log_dir = LogDir(bench.path, bench.filesystem)
        log_dir.open(MetaProperties("other", 2, "other"))
        assert log_dir.meta.cluster_id == IDENTITY.cluster_id
        assert log_dir.meta.node_id == 1
        assert log_dir.meta.directory_id == IDENTITY.directory_id

    @pytest.mark.parametrize(
        "text",
        ["version=2\nnode.id=1\ncluster.id=c", "version=1", "version=1\nnode.id=x", ""],
    )
    def test_an_unknown_format(self, bench: Workbench, text: str) -> None:
        bench.stop()
        bench.filesystem.replace("/data/meta.properties", text.encode())
        with pytest.raises(UnsupportedFormat, match="meta"):
            LogDir(bench.path, bench.filesystem).open(IDENTITY)


class TestStops:
    def test_a_clean_one_is_known_once(self, bench: Workbench, build: Build) -> None:
        assert not bench.log_dir.was_clean
        log = bench.log()
        append(log, build())
        log = bench.reopen(log)
        assert bench.log_dir.was_clean
        assert log.recovery_point == 1
        bench.reopen(log, clean=False)
        assert not bench.log_dir.was_clean

    def test_a_clean_one_is_not_scanned(self, bench: Workbench, build: Build) -> None:
        log = bench.log()
        append(log, build())
        append(log, build())
        path = log.segments.active.path
        bench.stop()
        bench.filesystem.files[path].content[70] ^= 1
        bench.start()
        log = bench.log_dir.open_log("t", 0, TOPIC_ID, LogConfig(), NOW)
        assert log.log_end_offset == 2

    def test_unless_files_are_missing(self, bench: Workbench, build: Build) -> None:
        log = bench.log(LogConfig(index_interval_bytes=0))
        for _ in range(3):
            append(log, build())
        index = log.segments.active.offset_index.path
        bench.stop()
        bench.filesystem.remove(index)
        bench.start()
        log = bench.log(LogConfig(index_interval_bytes=0))
        assert log.segments.active.offset_index.entry_count() == 2

    def test_or_the_end_is_torn(self, bench: Workbench, build: Build) -> None:
        log = bench.log()
        append(log, build())
        append(log, build())
        segment = log.segments.active
        bench.stop()
        bench.filesystem.open(segment.path).truncate(segment.size - 1)
        bench.start()
        assert bench.log().log_end_offset == 1

    def test_a_log_behind_its_checkpointed_start_starts_anew(
        self, bench: Workbench, build: Build
    ) -> None:
        log = bench.log()
        append(log, build(4))
        log.delete_before(4)
        segment = log.segments.active
        bench.stop()
        bench.filesystem.open(segment.path).truncate(0)
        bench.start()
        log = bench.log()
        assert (log.log_start_offset, log.log_end_offset) == (4, 4)
        append(log, build())


class TestCheckpoints:
    def test_high_watermarks_come_back(self, bench: Workbench) -> None:
        bench.log_dir.checkpoint({("a-b.c", 0): 5, ("t", 12): 0})
        bench.stop(clean=False)
        bench.start()
        assert bench.log_dir.high_watermarks == {("a-b.c", 0): 5, ("t", 12): 0}

    def test_recovery_points_come_back(self, bench: Workbench, build: Build) -> None:
        log = bench.log()
        append(log, build())
        plan = log.prepare_flush()
        plan.run()
        log.complete_flush(plan)
        bench.log_dir.checkpoint({})
        assert bench.reopen(log, clean=False).recovery_point == 1

    def test_starts_are_listed_only_where_no_file_name_tells_them(
        self, bench: Workbench, build: Build
    ) -> None:
        log = bench.log()
        append(log, build(3))
        bench.log_dir.checkpoint({})
        assert bench.filesystem.read("/data/log-start-offset-checkpoint") == b"0\n0\n"
        log.delete_before(2)
        bench.log_dir.checkpoint({})
        assert bench.filesystem.read("/data/log-start-offset-checkpoint") == b"0\n1\nt 0 2\n"


    def test_of_logs_that_are_not_open_stay(self, bench: Workbench, build: Build) -> None:
        log = bench.log()
        append(log, build(3))
        log.delete_before(2)
        bench.stop()
        bench.start()
        other = bench.log(topic="other")
        bench.log_dir.checkpoint({})
        bench.reopen(other, clean=False)
        log = bench.log()
        assert (log.log_start_offset, log.recovery_point) == (2, 3)

    def test_of_a_deleted_log_go(self, bench: Workbench, build: Build) -> None:
        log = bench.log()
        append(log, build(3))
        log.delete_before(2)
        bench.log_dir.checkpoint({})
        bench.logs.clear()
        bench.log_dir.delete_log(log)
        bench.log_dir.checkpoint({})
        assert bench.filesystem.read("/data/log-start-offset-checkpoint") == b"0\n0\n"
        assert bench.reopen(bench.log()).log_start_offset == 0


class TestTopics:
    def test_folders_of_logs(self, bench: Workbench) -> None:
        bench.log(topic="a-b.c_d", partition=7)
        bench.log(topic="plain")
        bench.filesystem.make_folders("/data/no-number-x")
        bench.filesystem.make_folders("/data/nothing")
        assert set(bench.log_dir.topic_partitions()) == {
            ("a-b.c_d", 7, TOPIC_ID),
            ("plain", 0, TOPIC_ID),
        }

    def test_an_id_that_is_missing_or_damaged(self, bench: Workbench) -> None:
        log = bench.log()
        path = f"{log.folder}/partition.metadata"
        for text in (b"version: 0\n", b"topic_id: !!", b"topic_id: AAAA"):
            bench.filesystem.replace(path, text)
            assert list(bench.log_dir.topic_partitions()) == [("t", 0, None)]
        bench.filesystem.remove(path)
        bench.reopen(log)
        assert list(bench.log_dir.topic_partitions()) == [("t", 0, TOPIC_ID)]


class TestDeletion:
    def test_in_two_steps(self, disk: Workbench, build: Build) -> None:
        log = disk.log()
        append(log, build())
        disk.logs.clear()
        disk.log_dir.delete_log(log)
        (name,) = [path.name for path in Path(disk.path).iterdir() if path.is_dir()]
        assert name.startswith("t-0.")
        assert name.endswith("-delete")
        assert len(name) == len("t-0.") + 32 + len("-delete")
        assert list(disk.log_dir.topic_partitions()) == []
        append(disk.log(), build())
        disk.log_dir.purge()
        assert [path.name for path in Path(disk.path).iterdir() if path.is_dir()] == ["t-0"]

    def test_leftovers_go_after_a_restart(self, bench: Workbench, build: Build) -> None:
        log = bench.log()
        append(log, build())
        log.roll(NOW)
        log.delete_before(1)
        other = bench.log(topic="other")
        bench.logs.remove(other)
        bench.log_dir.delete_log(other)
        folder = log.folder
        assert [name for name in bench.filesystem.list(folder) if name.endswith(".deleted")]
        bench.reopen(log, clean=False)
        bench.log_dir.purge()
        assert not [name for name in bench.filesystem.list(folder) if name.endswith(".deleted")]
        assert not [name for name in bench.filesystem.list("/data") if name.endswith("-delete")]

    def test_the_longest_topic(self, disk: Workbench) -> None:
        log = disk.log(topic="x" * 249)
        disk.logs.clear()
        disk.log_dir.delete_log(log)
        disk.log_dir.purge()
        assert not [path for path in Path(disk.path).iterdir() if path.is_dir()]


def test_a_failing_file_system(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(LogDirFailed):
        LogDir(str(tmp_path / "file" / "data"), OsFilesystem()).open(IDENTITY)


def test_an_idle_log_takes_little_memory(bench: Workbench) -> None:
    import tracemalloc

    bench.log(topic="warm")
    tracemalloc.start()
    before, _ = tracemalloc.get_traced_memory()
    logs = [bench.log_dir.open_log("idle", p, TOPIC_ID, LogConfig(), NOW) for p in range(100)]
    after, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    # Half of it is the memory file system's own.
    assert (after - before) / len(logs) < 6000
