"""What the checkpoint files keep."""

from __future__ import annotations

from storage import (
    AppendOrigin,
    Log,
    only_batch,
)
from storage.checkpoints import read_offsets
from tests.storage.conftest import NOW, Build, Workbench


def append(log: Log, batch: bytes) -> None:
    log.append(only_batch(batch), leader_epoch=0, now_ms=NOW, origin=AppendOrigin.CLIENT)


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
        bench.log(topic="empty")
        bench.log_dir.checkpoint({})
        assert bench.filesystem.read("/data/log-start-offset-checkpoint") == b"0\n0\n"
        log.delete_before(2)
        bench.log_dir.checkpoint({})
        assert bench.filesystem.read("/data/log-start-offset-checkpoint") == b"0\n1\nt 0 2\n"
        log.roll(NOW)
        log.delete_before(3)
        bench.log_dir.checkpoint({})
        assert bench.filesystem.read("/data/log-start-offset-checkpoint") == b"0\n0\n"

    def test_what_was_not_flushed_is_not_covered(self, bench: Workbench, build: Build) -> None:
        append(bench.log(), build(3))
        bench.log_dir.checkpoint({})
        assert bench.filesystem.read("/data/recovery-point-offset-checkpoint") == b"0\n1\nt 0 0\n"

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


def test_one_that_was_cut_anywhere_says_nothing(bench: Workbench) -> None:
    """Not even in the digits of its last number."""
    whole = b"0\n2\nt 0 12\nt 1 345\n"
    for size in range(len(whole)):
        bench.filesystem.replace("/data/cut", whole[:size])
        assert read_offsets(bench.filesystem, "/data/cut") == {}
    bench.filesystem.replace("/data/cut", whole)
    assert read_offsets(bench.filesystem, "/data/cut") == {("t", 0): 12, ("t", 1): 345}


def test_one_that_is_no_text_says_nothing(bench: Workbench) -> None:
    bench.filesystem.replace("/data/damaged", b"0\n1\nt\xff 0 5\n")
    assert read_offsets(bench.filesystem, "/data/damaged") == {}


def test_one_with_a_field_that_is_no_number_says_nothing(bench: Workbench) -> None:
    for entry in (b"t x 5", b"t 0 x", b"t 0", b"t 0 5 6"):
        bench.filesystem.replace("/data/damaged", b"0\n2\nu 0 5\n" + entry + b"\n")
        assert read_offsets(bench.filesystem, "/data/damaged") == {}
