"""The directory of logs: lock, identity, checkpoints, deletion."""

from __future__ import annotations

from pathlib import Path

import pytest

from storage import (
    AppendOrigin,
    Log,
    LogDir,
    LogDirFailed,
    LogDirLocked,
    MemoryFilesystem,
    OsFilesystem,
    StorageError,
    UnsupportedFormat,
    only_batch,
)
from storage.filesystem import MemoryFile
from tests.log_configs import log_config
from tests.storage.conftest import (
    IDENTITY,
    NOW,
    TOPIC_ID,
    Build,
    Workbench,
    folder_of,
    segments_of,
)

CHECKPOINTS = [
    f"/data/{kind}-offset-checkpoint" for kind in ("recovery-point", "log-start", "replication")
]


def append(log: Log, batch: bytes) -> None:
    log.append(only_batch(batch), leader_epoch=0, now_ms=NOW, origin=AppendOrigin.CLIENT)


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

    def test_not_by_who_could_not_read_it(self, bench: Workbench) -> None:
        bench.stop()
        path = "/data/meta.properties"
        right = bench.filesystem.read(path)
        bench.filesystem.replace(path, b"version=9\n")
        with pytest.raises(UnsupportedFormat):
            bench.start()
        bench.filesystem.replace(path, right)
        bench.start()


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
        folder = folder_of(log)
        assert [name for name in bench.filesystem.list(folder) if name.endswith(".deleted")]
        bench.reopen(log, clean=False)
        bench.log_dir.purge()
        assert not [name for name in bench.filesystem.list(folder) if name.endswith(".deleted")]
        assert not [name for name in bench.filesystem.list("/data") if name.endswith("-delete")]

    def test_the_longest_topic(self, disk: Workbench) -> None:
        log = disk.log(topic="x" * 249)
        disk.logs.clear()
        disk.log_dir.delete_log(log)
        (name,) = [path.name for path in Path(disk.path).iterdir() if path.is_dir()]
        assert (len(name), name[:213]) == (255, "x" * 213)
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
    logs = [bench.log_dir.open_log("idle", p, TOPIC_ID, log_config(), NOW) for p in range(100)]
    after, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    # Half of it is the memory file system's own.
    assert (after - before) / len(logs) < 6000


def flush(log: Log) -> None:
    plan = log.prepare_flush()
    assert plan is not None
    plan.run()
    log.complete_flush(plan)


class TestMadeAgain:
    """A topic that is deleted and made again shares nothing with the old one but its name."""

    @pytest.mark.parametrize("count", [3, 9])
    @pytest.mark.parametrize("checkpointed", [True, False])
    def test_the_old_start_and_recovery_point_do_not_hold(
        self, bench: Workbench, build: Build, count: int, checkpointed: bool
    ) -> None:
        log = bench.log()
        for _ in range(9):
            append(log, build())
        log.delete_before(7)
        log = bench.reopen(log)
        bench.logs.remove(log)
        bench.log_dir.delete_log(log)
        if checkpointed:
            bench.log_dir.checkpoint({})
        log = bench.log()
        for _ in range(count):
            append(log, build())
        log = bench.reopen(log, clean=False)
        assert (log.log_start_offset, log.log_end_offset) == (0, count)
        assert log.recovery_point == 0

    def test_killed_between_the_deletion_and_the_new_log(
        self, bench: Workbench, build: Build
    ) -> None:
        log = bench.log()
        append(log, build(9))
        log.delete_before(7)
        bench.log_dir.checkpoint({("t", 0): 9})
        bench.logs.remove(log)
        bench.log_dir.delete_log(log)
        bench.stop(clean=False)
        bench.start()
        log = bench.log()
        append(log, build(3))
        log = bench.reopen(log, clean=False)
        assert (log.log_start_offset, log.log_end_offset, log.recovery_point) == (0, 3, 0)
        assert bench.log_dir.high_watermarks == {}

    def test_checkpoints_are_corrected_once(
        self, bench: Workbench, build: Build, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Each correction is a sync."""
        log = bench.log()
        append(log, build())
        flush(log)
        bench.log_dir.checkpoint({})
        bench.logs.remove(log)
        bench.log_dir.delete_log(log)
        written: list[str] = []
        monkeypatch.setattr(
            "storage.log_dir.replace_durably", lambda _filesystem, path, _data: written.append(path)
        )
        bench.log(topic="second")
        bench.log(topic="third")
        assert written == ["/data/recovery-point-offset-checkpoint"]

    def test_set_aside(self, bench: Workbench, build: Build) -> None:
        log = bench.log()
        append(log, build(9))
        log.delete_before(7)
        bench.stop()
        bench.start()
        assert bench.log_dir.set_aside("t", 0).endswith("-stray")
        log = bench.log()
        append(log, build(3))
        log = bench.reopen(log, clean=False)
        assert (log.log_start_offset, log.log_end_offset) == (0, 3)

    def test_checkpoints_are_corrected_before_the_folder_is_made(
        self, bench: Workbench, build: Build
    ) -> None:
        log = bench.log()
        append(log, build(9))
        log.delete_before(7)
        flush(log)
        bench.log_dir.checkpoint({("t", 0): 9})
        bench.logs.remove(log)
        bench.log_dir.delete_log(log)
        assert b"t 0 9" in bench.filesystem.read("/data/recovery-point-offset-checkpoint")
        assert b"t 0 7" in bench.filesystem.read("/data/log-start-offset-checkpoint")
        contents: list[bytes] = []
        make_folders = bench.filesystem.make_folders

        def note_checkpoints(_self: MemoryFilesystem, path: str) -> None:
            contents.extend(bench.filesystem.read(name) for name in CHECKPOINTS)
            make_folders(path)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(MemoryFilesystem, "make_folders", note_checkpoints)
            bench.log()
        assert contents == [b"0\n0\n"] * 3

    @pytest.mark.parametrize("aside", [True, False])
    def test_nothing_is_kept_of_a_log_that_is_gone(
        self, bench: Workbench, build: Build, aside: bool
    ) -> None:
        """Else checkpoints grow with every topic that ever was."""
        log = bench.log()
        append(log, build(9))
        log.delete_before(7)
        if aside:
            bench.stop()
            bench.start()
            bench.log_dir.set_aside("t", 0)
        else:
            flush(log)
            bench.log_dir.checkpoint({("t", 0): 9})
            bench.logs.remove(log)
            bench.log_dir.delete_log(log)
        bench.log_dir.checkpoint({})
        assert [bench.filesystem.read(name) for name in CHECKPOINTS] == [b"0\n0\n"] * 3


def test_a_log_is_opened_once(bench: Workbench, build: Build) -> None:
    log = bench.log()
    append(log, build())
    with pytest.raises(StorageError, match="t-0 is open already"):
        bench.log_dir.open_log("t", 0, TOPIC_ID, log_config(), NOW)
    append(log, build())
    assert log.log_end_offset == 2


def test_records_that_the_disk_has_lost_are_counted(bench: Workbench, build: Build) -> None:
    """Those before the recovery point, which were synced."""
    log = bench.log()
    for _ in range(3):
        append(log, build())
    flush(log)
    log = bench.reopen(log)
    assert log.lost_records == 0
    path, size = segments_of(log).active.path, segments_of(log).active.size
    bench.stop(clean=False)
    bench.filesystem.open(path).truncate(size // 3)
    bench.start()
    assert bench.log().lost_records == 2
    # Else the next recovery would trust what is written in their place.
    assert bench.filesystem.read(CHECKPOINTS[0]).decode().splitlines()[2:] == ["t 0 1"]


def test_a_folder_that_is_gone_has_lost_nothing(bench: Workbench, build: Build) -> None:
    """Whoever removed it knows; and nothing of it holds for the new one."""
    log = bench.log()
    append(log, build())
    flush(log)
    bench.stop()
    bench.filesystem.remove_tree("/data/t-0")
    bench.start()
    log = bench.log()
    assert (log.lost_records, log.recovery_point) == (0, 0)


def test_a_start_that_a_truncation_lowers_is_corrected(bench: Workbench, build: Build) -> None:
    log = bench.log()
    for _ in range(4):
        append(log, build())
    log.delete_before(3)
    bench.log_dir.checkpoint({})
    log.truncate_to(2, NOW)
    assert bench.filesystem.read(CHECKPOINTS[1]).decode().splitlines()[2:] == ["t 0 2"]


@pytest.mark.parametrize("fully", [False, True])
def test_checkpoints_are_lowered_before_anything_is_cut(
    bench: Workbench, build: Build, monkeypatch: pytest.MonkeyPatch, fully: bool
) -> None:
    """A start after a kill in between must not trust what is above the cut."""
    log = bench.log()
    for _ in range(4):
        append(log, build())
    log.roll(NOW)
    plan = log.prepare_flush()
    assert plan is not None
    plan.run()
    log.complete_flush(plan)
    bench.log_dir.checkpoint({})
    found = []
    rename = MemoryFilesystem.rename

    def rename_noted(self: MemoryFilesystem, path: str, new_path: str) -> None:
        if path.startswith("/data/t-0/"):
            found.append(self.read(CHECKPOINTS[0]).decode().splitlines()[2:])
        rename(self, path, new_path)

    monkeypatch.setattr(MemoryFilesystem, "rename", rename_noted)
    if fully:
        log.truncate_fully_and_start_at(2, NOW)
    else:
        log.truncate_to(2, NOW)
    assert found[0] == ["t 0 2"]


class TestPurge:
    def test_files_of_segments_too(self, disk: Workbench, build: Build) -> None:
        log = disk.log()
        append(log, build())
        log.roll(NOW)
        log.delete_before(1)
        folder = Path(folder_of(log))
        assert list(folder.glob("*.deleted"))
        disk.log_dir.purge()
        assert not list(folder.glob("*.deleted"))

    def test_what_is_gone_already_does_not_keep_the_others(
        self, bench: Workbench, build: Build
    ) -> None:
        for topic in ("a", "b", "c"):
            log = bench.log(topic=topic)
            bench.logs.remove(log)
            bench.log_dir.delete_log(log)
        deleted = [name for name in bench.filesystem.list("/data") if "delete" in name]
        bench.filesystem.remove_tree(f"/data/{deleted[1]}")
        bench.log_dir.purge()
        assert not [name for name in bench.filesystem.list("/data") if "delete" in name]

    def test_one_path_that_fails_does_not_lose_the_others(
        self, bench: Workbench, build: Build, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for topic in ("a", "b", "c"):
            log = bench.log(topic=topic)
            append(log, build())
            bench.logs.remove(log)
            bench.log_dir.delete_log(log)
        remove_tree = MemoryFilesystem.remove_tree

        def fail_b(self: MemoryFilesystem, path: str) -> None:
            if "/b-0." in path:
                raise OSError(5, "Input/output error")
            remove_tree(self, path)

        monkeypatch.setattr(MemoryFilesystem, "remove_tree", fail_b)
        with pytest.raises(StorageError, match=r"/data/b-0.*Input/output error"):
            bench.log_dir.purge()
        assert [name[0] for name in bench.filesystem.list("/data") if "delete" in name] == ["b"]
        monkeypatch.undo()
        bench.log_dir.purge()
        assert not [name for name in bench.filesystem.list("/data") if "delete" in name]
        assert bench.log_dir.failed is None


class TestFailed:
    """Nothing is written any more."""

    def test_every_write_is_refused(self, bench: Workbench, build: Build) -> None:
        log = bench.log()
        append(log, build())
        plan = log.prepare_flush()
        assert plan is not None
        bench.log_dir.fail(StorageError("the disk is on fire"))
        assert str(bench.log_dir.failed) == "the disk is on fire"
        bench.log_dir.fail(StorageError("a later error"))
        for refused in (
            lambda: append(log, build()),
            lambda: log.append_as_follower(build(), NOW),
            log.prepare_flush,
            plan.run,
            lambda: log.truncate_to(0, NOW),
            lambda: log.delete_before(1),
            lambda: log.apply_retention(NOW, 1),
            lambda: bench.log_dir.checkpoint({}),
            lambda: bench.log(topic="other"),
        ):
            with pytest.raises(LogDirFailed, match="the disk is on fire"):
                refused()

    def test_a_stop_is_not_clean_and_writes_nothing(self, bench: Workbench, build: Build) -> None:
        log = bench.log()
        append(log, build(3))
        before = {path: bytes(file.content) for path, file in bench.filesystem.files.items()}
        bench.log_dir.fail(StorageError("the disk is on fire"))
        bench.log_dir.close({("t", 0): 3}, clean=True)
        after = {path: bytes(file.content) for path, file in bench.filesystem.files.items()}
        assert after == before
        bench.logs.clear()
        bench.start()
        assert not bench.log_dir.was_clean
        assert bench.log().log_end_offset == 3

    def test_a_clean_close_syncs_what_was_appended(
        self, bench: Workbench, build: Build, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """And writes what producers did, so that the next start need not read it."""
        log = bench.log()
        append(log, build(2))
        synced: list[MemoryFile] = []

        def sync(self: MemoryFile) -> None:
            synced.append(self)

        monkeypatch.setattr(MemoryFile, "sync", sync)
        segment = segments_of(log).active
        bench.stop()
        for path in (segment.path, segment.time_index.path):
            assert bench.filesystem.files[path] in synced
        assert bench.filesystem.exists("/data/t-0/00000000000000000002.snapshot")
        bench.start()

    def test_a_clean_close_is_told_last(
        self, bench: Workbench, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A start after a kill in between must not trust what is not written yet."""
        written: list[str] = []
        monkeypatch.setattr(
            "storage.log_dir.replace_durably", lambda _filesystem, path, _data: written.append(path)
        )
        bench.stop()
        assert written == [*CHECKPOINTS, "/data/.kafka_cleanshutdown"]
        bench.start()

    def test_a_close_that_fails_is_not_clean(
        self, bench: Workbench, build: Build, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        log = bench.log()
        append(log, build(3))

        def fail(_file: MemoryFile) -> None:
            raise OSError(5, "Input/output error")

        monkeypatch.setattr(MemoryFile, "sync", fail)
        with pytest.raises(LogDirFailed):
            bench.log_dir.close({}, clean=True)
        assert bench.log_dir.failed is not None
        monkeypatch.undo()
        bench.logs.clear()
        bench.start()
        assert not bench.log_dir.was_clean

    def test_a_deleted_log_does_not_make_it_fail(self, disk: Workbench, build: Build) -> None:
        log = disk.log()
        append(log, build())
        disk.logs.remove(log)
        disk.log_dir.delete_log(log)
        disk.log_dir.purge()
        with pytest.raises(LogDirFailed, match="t-0 was deleted"):
            append(log, build())
        with pytest.raises(LogDirFailed):
            log.read(0, 100, end_offset=1, min_one_batch=True)
        assert disk.log_dir.failed is None


@pytest.mark.parametrize("clean", [True, False])
def test_nothing_is_written_after_the_close(bench: Workbench, build: Build, clean: bool) -> None:
    """Another process may have the directory by then."""
    log = bench.log()
    bench.stop(clean=clean)
    with pytest.raises(LogDirFailed, match="/data is closed"):
        append(log, build())


def test_what_is_left_of_a_checkpoint_goes(disk: Workbench) -> None:
    """Else its old contents could come back under the name of a later one."""
    left = Path(disk.path) / "recovery-point-offset-checkpoint.tmp"
    disk.stop()
    left.write_bytes(b"0")
    disk.start()
    assert not left.exists()
