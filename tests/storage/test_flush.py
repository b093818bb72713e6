"""Flushing a log, in two halves."""

from __future__ import annotations

from storage import (
    AppendInfo,
    AppendOrigin,
    Log,
    only_batch,
)
from tests.storage.conftest import NOW, Build, Workbench


def append(log: Log, batch: bytes, epoch: int = 0, now_ms: int = NOW) -> AppendInfo:
    return log.append(
        only_batch(batch), leader_epoch=epoch, now_ms=now_ms, origin=AppendOrigin.CLIENT
    )


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


def synced(bench: Workbench, log: Log) -> tuple[list[str], list[str]]:
    """Flushes; the kinds of files and the folders that were synced."""
    plan = log.prepare_flush()
    assert plan is not None
    paths = {id(file): path for path, file in bench.filesystem.files.items()}
    plan.run()
    log.complete_flush(plan)
    names = [
        paths[id(file)].rpartition("/")[2].rpartition(".")[2] for file in plan.store_flush._files
    ]
    return names, plan.store_flush._folders
