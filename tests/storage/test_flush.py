"""Flushing a log, in two halves."""

from __future__ import annotations

from storage import (
    AppendInfo,
    AppendOrigin,
    Log,
)
from tests.storage.conftest import NOW, Build, Workbench


def append(log: Log, batch: bytes, epoch: int = 0, now_ms: int = NOW) -> AppendInfo:
    return log.append(batch, leader_epoch=epoch, now_ms=now_ms, origin=AppendOrigin.CLIENT)


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
