"""A full disk: what does not fit is refused, nothing else is lost, and it goes on with room."""

from __future__ import annotations

import errno
from collections.abc import Callable

import pytest

from storage import AppendOrigin, DiskFull, Log, LogDirFailed, StorageError, only_batch
from storage.filesystem import MemoryFile
from tests.faulty_filesystem import FaultyFilesystem
from tests.log_configs import log_config
from tests.storage.conftest import NOW, Build, Workbench
from wire.records import batches
from wire.records.control import ControlRecordType, EndTransactionMarker

CONFIG = log_config(segment_bytes=500, index_interval_bytes=100)
ABORT = EndTransactionMarker(ControlRecordType.ABORT, 0)


def append(log: Log, batch: bytes, origin: AppendOrigin = AppendOrigin.CLIENT) -> None:
    log.append(only_batch(batch), leader_epoch=log.log_end_offset // 5, now_ms=NOW, origin=origin)


def flush(log: Log) -> None:
    plan = log.prepare_flush(snapshot=True)
    if plan is not None:
        plan.run()
        log.complete_flush(plan)


def offsets(log: Log) -> list[int]:
    found: list[int] = []
    offset = log.log_start_offset
    while offset < log.log_end_offset:
        read = log.read(offset, 1 << 20, end_offset=log.log_end_offset, min_one_batch=True)
        found += [record.offset for batch in batches(read.records.read()) for record in batch]
        offset = found[-1] + 1
    return found


class Life:
    """Steps of every kind; those that find no room are tried again when there is some."""

    def __init__(self, build: Build, room_bytes: int) -> None:
        self.filesystem = FaultyFilesystem()
        self.bench = Workbench(self.filesystem, "/data")
        self.log = self.bench.log(CONFIG)
        self.build = build
        self.refused = 0
        self.filesystem.room_bytes = room_bytes

    def run(self) -> None:
        for step in range(6):
            fields = {"producer_id": 1, "producer_epoch": 0, "base_sequence": step}
            self.step(lambda: append(self.log, self.build(2, 30)))
            batch = self.build(1, 20, is_transactional=True, **fields)
            self.step(lambda batch=batch: append(self.log, batch))
            marker = ABORT.batch(1, 0, NOW)
            self.step(lambda marker=marker: append(self.log, marker, AppendOrigin.COORDINATOR))
            if step % 2:
                self.step(lambda: flush(self.log))
                self.step(lambda: self.bench.log_dir.checkpoint({("t", 0): 1}))
        self.step(lambda: self.log.delete_before(5))

    def step(self, action: Callable[[], object]) -> None:
        end = self.log.log_end_offset
        try:
            action()
        except DiskFull:
            self.refused += 1
            assert self.log.log_end_offset == end
            assert self.bench.log_dir.failed is None
            self.filesystem.room_bytes = None
            action()


@pytest.mark.parametrize("clean", [True, False])
def test_at_every_byte(build: Build, clean: bool) -> None:
    refused = 0
    for room_bytes in range(0, 3000, 13):
        life = Life(build, room_bytes)
        life.run()
        refused += life.refused
        assert offsets(life.log)[-19:] == list(range(5, 24))
        life.filesystem.room_bytes = None
        log = life.bench.reopen(life.log, clean=clean)
        assert log.log_end_offset == 24
        aborted = [txn.first_offset for txn in log.aborted_transactions(5, 24)]
        assert aborted[-5:] == [6, 10, 14, 18, 22]
        life.bench.check()
    assert refused > 200


def test_a_clean_stop_without_room_is_not_clean(build: Build) -> None:
    life = Life(build, 1 << 20)
    life.run()
    life.filesystem.room_bytes = 10
    with pytest.raises(DiskFull):
        life.bench.stop()
    life.filesystem.room_bytes = None
    life.bench.start()
    assert not life.bench.log_dir.was_clean
    assert life.bench.log(CONFIG).log_end_offset == 24
    life.bench.check()


def test_what_held_for_a_deleted_log_is_corrected_with_room(build: Build) -> None:
    """A new log of its name must not begin where the old one began."""
    filesystem = FaultyFilesystem()
    bench = Workbench(filesystem, "/data")
    log = bench.log()
    append(log, build(9))
    log.delete_before(7)
    bench.log_dir.checkpoint({})
    bench.logs.remove(log)
    bench.log_dir.delete_log(log)
    filesystem.room_bytes = 0
    with pytest.raises(DiskFull):
        bench.log()
    filesystem.room_bytes = None
    log = bench.log()
    append(log, build(3))
    log = bench.reopen(log, clean=False)
    assert (log.log_start_offset, log.log_end_offset) == (0, 3)


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT])
def test_the_directory_does_not_fail(
    bench: Workbench, build: Build, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    log = bench.log()
    append(log, build())
    monkeypatch.setattr(MemoryFile, "write", _failing(code))
    with pytest.raises(DiskFull, match="appending to t-0"):
        append(log, build())
    assert bench.log_dir.failed is None
    monkeypatch.undo()
    append(log, build())
    assert offsets(log) == [0, 1]


def test_it_fails_for_any_other_reason(
    bench: Workbench, build: Build, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = bench.log()
    append(log, build())
    monkeypatch.setattr(MemoryFile, "write", _failing(errno.EIO))
    with pytest.raises(LogDirFailed) as caught:
        append(log, build())
    assert type(caught.value) is LogDirFailed
    assert isinstance(bench.log_dir.failed, StorageError)
    monkeypatch.undo()
    with pytest.raises(LogDirFailed, match="appending to t-0"):
        append(log, build())
    assert offsets(log) == [0]


def _failing(code: int) -> Callable[..., int]:
    def write(_file: MemoryFile, _position: int, _buffers: object) -> int:
        raise OSError(code, "no")

    return write
