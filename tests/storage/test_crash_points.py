"""A log that was cut off anywhere opens again, and holds every batch that was whole."""

from __future__ import annotations

import copy

import pytest

from storage import AppendOrigin, Log, MemoryFilesystem, only_batch
from tests.log_configs import log_config
from tests.storage.conftest import (
    NOW,
    Build,
    Workbench,
    epochs_of,
    producers_of,
    segments_of,
)
from wire.records import batches
from wire.records.control import ControlRecordType, EndTransactionMarker

CONFIG = log_config(segment_bytes=600, index_interval_bytes=100)
ABORT = EndTransactionMarker(ControlRecordType.ABORT, 0)


def append(log: Log, batch: bytes, origin: AppendOrigin = AppendOrigin.CLIENT) -> None:
    epoch = log.log_end_offset // 4
    log.append(only_batch(batch), leader_epoch=epoch, now_ms=NOW, origin=origin)


def fill(log: Log, build: Build) -> None:
    """Three segments of plain, idempotent and transactional batches."""
    for step in range(5):
        time = NOW + 10 * step
        append(log, build(1 + step % 3, 20, time))
        append(log, build(2, 5, time, producer_id=1, producer_epoch=0, base_sequence=2 * step))
        fields = {"producer_id": 2, "producer_epoch": 0, "base_sequence": step}
        append(log, build(1, 5, time, is_transactional=True, **fields))
        append(log, ABORT.batch(2, 0, time), AppendOrigin.COORDINATOR)


def contents(log: Log) -> list[tuple[int, bytes | None]]:
    found = []
    for segment in segments_of(log):
        for batch in batches(segment.file().read(0, segment.size)):
            found += [(record.offset, record.value) for record in batch]
    return found


def state(log: Log) -> object:
    producers = [
        (p.producer_id, p.last_sequence, p.current_txn_first_offset)
        for p in producers_of(log).producers.values()
    ]
    aborted = [
        (t.first_offset, t.last_offset, t.last_stable_offset)
        for t in log.aborted_transactions(0, log.log_end_offset)
    ]
    return sorted(producers), aborted, epochs_of(log).entries, log.log_end_offset


class Crash:
    """A log at the moment its process was killed, and what it was after each batch."""

    def __init__(self, build: Build) -> None:
        bench = Workbench(MemoryFilesystem(), "/data")
        log = bench.log(CONFIG)
        fill(log, build)
        self.filesystem = bench.filesystem
        self.filesystem.locked.clear()
        self.log = log
        self.records = contents(log)
        self.active = segments_of(log).active

    def survive(self, filesystem: MemoryFilesystem) -> Log:
        """Opens the directory and checks what it finds."""
        bench = Workbench(filesystem, "/data")
        log = bench.log(CONFIG)
        assert not log.problems(), log.problems()
        found = contents(log)
        assert log.log_end_offset == (found[-1][0] + 1 if found else 0)
        assert state(log) == state(replayed(filesystem, log.log_end_offset))
        return log


def replayed(filesystem: MemoryFilesystem, end_offset: int) -> Log:
    """The same log, rebuilt from its batches alone."""
    bare = copy.deepcopy(filesystem)
    bare.locked.clear()
    for path in list(bare.files):
        if not path.endswith((".log", "partition.metadata", "meta.properties")):
            bare.remove(path)
    log = Workbench(bare, "/data").log(CONFIG)
    assert log.log_end_offset == end_offset
    return log


@pytest.fixture(scope="module")
def crash() -> Crash:
    from wire.records import BatchBuilder

    def build(count: int, size: int, timestamp: int, **fields: int) -> bytes:
        builder = BatchBuilder(**fields)  # type: ignore[arg-type]
        for index in range(count):
            builder.append(timestamp + index, b"k", b"v" * size)
        return builder.build()

    return Crash(build)


def names(crash: Crash, suffix: str) -> list[str]:
    return sorted(path for path in crash.filesystem.files if path.endswith(suffix))


def test_nothing_is_lost_by_a_killed_process(crash: Crash) -> None:
    log = crash.survive(copy.deepcopy(crash.filesystem))
    assert len(segments_of(log)) >= 3
    assert contents(log) == crash.records


def test_the_log_cut_at_every_byte(crash: Crash) -> None:
    for size in range(crash.active.size):
        filesystem = copy.deepcopy(crash.filesystem)
        filesystem.open(crash.active.path).truncate(size)
        log = crash.survive(filesystem)
        found = contents(log)
        assert found == crash.records[: len(found)]
        lost = [r for b in batches(filesystem.read(crash.active.path)) for r in b]
        assert not lost or lost[-1].offset == found[-1][0]
        append(log, crash_batch())
        assert contents(log) == [*found, (log.log_end_offset - 1, b"after")]


def test_a_torn_segment_takes_the_later_ones_with_it(crash: Crash) -> None:
    first = names(crash, ".log")[0]
    for size in range(1, 20):
        filesystem = copy.deepcopy(crash.filesystem)
        filesystem.open(first).truncate(size)
        log = crash.survive(filesystem)
        assert (len(segments_of(log)), log.log_end_offset) == (1, 0)


def crash_batch() -> bytes:
    from wire.records import BatchBuilder

    builder = BatchBuilder()
    builder.append(NOW, None, b"after")
    return builder.build()


def test_the_log_damaged_at_every_byte_of_a_batch(crash: Crash) -> None:
    path = crash.active.path
    whole = crash.filesystem.read(path)
    second = 12 + int.from_bytes(whole[8:12])
    for position in range(second, second + 70):
        filesystem = copy.deepcopy(crash.filesystem)
        # Leader epoch and small offsets lie outside the checksum, and may be anything.
        if not second + 4 <= position < second + 16 or second + 8 <= position < second + 12:
            filesystem.files[path].content[position] ^= 0x80
            log = crash.survive(filesystem)
            assert segments_of(log).active.size == second
            assert contents(log) == crash.records[: len(contents(log))]


@pytest.mark.parametrize("suffix", [".index", ".timeindex", ".txnindex", ".snapshot"])
def test_a_derived_file_cut_at_every_byte(crash: Crash, suffix: str) -> None:
    assert names(crash, suffix)
    for path in names(crash, suffix):
        for size in range(crash.filesystem.size(path)):
            filesystem = copy.deepcopy(crash.filesystem)
            filesystem.open(path).truncate(size)
            assert contents(crash.survive(filesystem)) == crash.records


@pytest.mark.parametrize("junk", [b"\0" * 24, b"\xff" * 24, b"\0" * 7])
@pytest.mark.parametrize("suffix", [".index", ".timeindex", ".log"])
def test_junk_at_the_end(crash: Crash, suffix: str, junk: bytes) -> None:
    for path in names(crash, suffix):
        filesystem = copy.deepcopy(crash.filesystem)
        file = filesystem.open(path)
        file.write(file.size(), (junk,))
        crash.survive(filesystem)


@pytest.mark.parametrize(
    "suffix", [".index", ".timeindex", ".txnindex", ".snapshot", "-checkpoint"]
)
def test_missing_files(crash: Crash, suffix: str) -> None:
    filesystem = copy.deepcopy(crash.filesystem)
    for path in names(crash, suffix):
        filesystem.remove(path)
    assert contents(crash.survive(filesystem)) == crash.records
