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
    OsFilesystem,
    only_batch,
)
from tests.log_configs import log_config
from tests.storage.conftest import (
    IDENTITY,
    NOW,
    TOPIC_ID,
    Build,
    Workbench,
    folder_of,
)


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
