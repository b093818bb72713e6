"""Rounds of flushes, and what they commit."""

from __future__ import annotations

import pytest

from kbroker.replicas import durability
from kbroker.replicas.durability import (
    CommitAfterFlush,
    CommitAtOnce,
    Flusher,
    FsyncMode,
    FsyncPolicy,
    commit_rule,
)
from kbroker.replicas.partition import Partition
from kbroker.replicas.purgatory import Purgatory
from kbroker.timers import Timers
from storage import (
    AppendOrigin,
    DiskFull,
    FlushPlan,
    LogDir,
    LogDirFailed,
    MemoryFilesystem,
    MetaProperties,
)
from storage.filesystem import MemoryFile
from tests.drivers import CLUSTER_ID, NOW_MS, HeldWorker, ManualClock, batch
from tests.log_configs import log_config


class Bench:
    """Partitions that commit after a flush, which waits ``delay_ms`` for more."""

    def __init__(self, delay_ms: float = 0) -> None:
        self.clock, self.timers, self.worker = ManualClock(), Timers(), HeldWorker()
        self.log_dir = LogDir("/data", MemoryFilesystem())
        self.log_dir.open(MetaProperties(CLUSTER_ID, 1, CLUSTER_ID))
        self.rounds = 0
        self.flusher = Flusher(self.worker, self.clock, self.timers, delay_ms, self.flushed)
        self.rule = CommitAfterFlush(self.flusher)

    def flushed(self) -> None:
        self.rounds += 1

    def partition(self, index: int = 0) -> Partition:
        log = self.log_dir.open_log("t", index, bytes(16), log_config(), NOW_MS)
        return Partition(log, 0, Purgatory(self.timers), self.rule)

    def tick(self, ms: float = 0) -> bool:
        """Lets what is due begin; whether the worker had something to do."""
        self.clock.elapsed_ms += ms
        self.timers.expire(self.clock.elapsed_ms)
        return self.worker.step()


def append(partition: Partition) -> None:
    partition.append(batch(b"v"), NOW_MS, AppendOrigin.CLIENT)


def test_one_sync_for_all_that_came_meanwhile() -> None:
    bench = Bench()
    partition = bench.partition()
    append(partition)
    bench.timers.expire(0)
    append(partition)
    append(partition)
    bench.timers.expire(0)
    assert bench.worker.step()
    first = partition.high_watermark
    assert bench.tick()

    assert (first, partition.high_watermark) == (1, 3)
    assert not bench.tick(), "there is nothing more to sync"
    assert bench.rounds == 2


def test_a_batch_waits_for_more() -> None:
    bench = Bench(delay_ms=5)
    first, second = bench.partition(0), bench.partition(1)
    append(first)
    assert not bench.tick(4)
    append(second)
    assert bench.tick(1)

    assert (first.high_watermark, second.high_watermark) == (1, 1)
    assert bench.rounds == 1


def test_what_came_during_a_sync_waits_for_more_too() -> None:
    bench = Bench(delay_ms=5)
    partition = bench.partition()
    append(partition)
    bench.clock.elapsed_ms = 5
    bench.timers.expire(5)
    append(partition)
    assert bench.worker.step()
    assert not bench.tick(4)
    assert bench.tick(1)


def test_partitions_are_synced_in_the_order_of_their_appends(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """So nothing is committed before what was appended before it."""
    monkeypatch.setattr(durability, "PARTITIONS_PER_ROUND", 1)
    bench = Bench()
    partitions = [bench.partition(index) for index in range(3)]
    for index in (2, 0, 1, 2):
        append(partitions[index])
    seen = []
    while bench.tick():
        seen.append([partition.high_watermark for partition in partitions])

    assert seen == [[0, 0, 2], [1, 0, 2], [1, 1, 2]]


def test_a_round_of_deleted_partitions_is_followed_by_the_next(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(durability, "PARTITIONS_PER_ROUND", 1)
    bench = Bench()
    deleted, kept = bench.partition(0), bench.partition(1)
    append(deleted)
    append(kept)
    deleted.delete()

    assert not bench.tick(), "it has nothing to sync"
    assert bench.tick()
    assert kept.high_watermark == 1


def test_a_failed_sync_commits_nothing_and_is_not_tried_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    bench = Bench()
    partition = bench.partition()
    append(partition)

    def fail(_plan: FlushPlan) -> None:
        raise LogDirFailed("EIO")

    monkeypatch.setattr(FlushPlan, "run", fail)
    assert bench.tick()
    monkeypatch.undo()

    assert not bench.tick(10_000)
    assert (partition.high_watermark, bench.rounds) == (0, 0)
    assert partition.log.recovery_point == 0


def test_a_full_disk_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """Indexes could not be written: nothing is lost by that."""
    bench = Bench()
    partition = bench.partition()
    append(partition)

    def fail(*_arguments: object, **_more: object) -> None:
        raise DiskFull("no room")

    monkeypatch.setattr(type(partition.log), "prepare_flush", fail)
    assert not bench.tick()
    monkeypatch.undo()
    assert not bench.tick(durability.RETRY_MS - 1)
    assert bench.tick(1)

    assert partition.high_watermark == 1


def test_a_failed_log_directory_ends_the_rounds(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """It is told in a line, and nothing is tried again."""
    bench = Bench()
    partition = bench.partition()
    append(partition)

    def fail(*_arguments: object, **_more: object) -> None:
        raise LogDirFailed("EIO")

    monkeypatch.setattr(type(partition.log), "prepare_flush", fail)
    assert not bench.tick()
    monkeypatch.undo()
    assert not bench.tick(10_000)

    assert [record.getMessage() for record in caplog.records] == ["EIO"]


def test_a_deleted_partition_is_left_alone() -> None:
    bench = Bench()
    gone, other = bench.partition(0), bench.partition(1)
    append(gone)
    append(other)
    bench.timers.expire(0)
    gone.delete()
    bench.log_dir.delete_log(gone.log)
    assert bench.worker.step()

    assert (gone.high_watermark, other.high_watermark) == (0, 1)
    bench.flusher.request(gone)
    assert not bench.tick()


def test_without_fsync_what_is_appended_is_committed(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is flushed when there is much of it, once at a time."""
    monkeypatch.setattr(durability, "FLUSH_BYTES", 100)
    bench = Bench()
    bench.rule = commit_rule(FsyncPolicy(), bench.flusher)  # type: ignore[assignment]
    assert isinstance(bench.rule, CommitAtOnce)
    partition = bench.partition()
    append(partition)
    assert partition.high_watermark == 1
    assert not bench.tick()
    append(partition)
    bench.timers.expire(0)
    append(partition)
    assert bench.worker.step()

    assert (partition.high_watermark, partition.log.recovery_point) == (3, 2)
    assert not bench.tick()


@pytest.mark.parametrize("mode", [FsyncMode.BATCH, FsyncMode.ALWAYS])
def test_with_fsync_the_disk_decides(mode: FsyncMode) -> None:
    assert isinstance(commit_rule(FsyncPolicy(mode), Bench().flusher), CommitAfterFlush)


def test_with_fsync_what_is_recovered_is_synced_before_it_is_read() -> None:
    """Else a consumer might read what the next power failure takes."""
    bench = Bench()
    partition = bench.partition()
    append(partition)
    bench.rule.recovered(partition)

    assert partition.log.recovery_point == 1
    assert bench.rounds == 1, "the recovery point is written down soon"


def test_what_cannot_be_synced_is_not_recovered(monkeypatch: pytest.MonkeyPatch) -> None:
    bench = Bench()
    partition = bench.partition()
    append(partition)

    def fail(_file: MemoryFile) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(MemoryFile, "sync", fail)
    with pytest.raises(LogDirFailed):
        bench.rule.recovered(partition)
    assert partition.log.recovery_point == 0


def test_without_fsync_it_is_synced_soon() -> None:
    bench = Bench()
    partition = bench.partition()
    append(partition)
    commit_rule(FsyncPolicy(), bench.flusher).recovered(partition)
    assert partition.log.recovery_point == 0
    assert bench.tick()

    assert partition.log.recovery_point == 1
