"""Cutting a log at its end, as a follower does that was ahead of its leader."""

from __future__ import annotations

import pytest

from storage import LogDirFailed, StorageError
from storage.filesystem import MemoryFile
from tests.log_configs import log_config
from tests.storage.conftest import (
    NOW,
    Build,
    Workbench,
    epochs_of,
    folder_of,
    producers_of,
    segments_of,
)
from tests.storage.log_steps import append, offsets, read


class TestTruncate:
    def test_to_a_batch_boundary(self, bench: Workbench, build: Build) -> None:
        log = bench.log(log_config(index_interval_bytes=0))
        for epoch in range(4):
            append(log, build(2, timestamp=NOW + 10 * epoch), epoch=epoch)
        log.truncate_to(4, NOW)
        assert log.log_end_offset == 4
        assert offsets(read(log, 0)) == [0, 1, 2, 3]
        assert epochs_of(log).entries == [(0, 0), (1, 2)]
        assert log.offset_of_max_timestamp() == (3, NOW + 11, 1)
        assert append(log, build(), epoch=7).first_offset == 4

    def test_forgets_where_batches_began(self, bench: Workbench, build: Build) -> None:
        log = bench.log()
        for offset in range(3):
            append(log, build())
            read(log, offset)  # keeps the position for the next read
        log.truncate_to(1, NOW)
        append(log, build(5))
        assert offsets(read(log, 2)) == [1, 2, 3, 4, 5]

    def test_drops_segments(self, bench: Workbench, build: Build) -> None:
        log = bench.log()
        for _ in range(3):
            append(log, build())
            log.roll(NOW)
        log.truncate_to(1, NOW)
        assert [segment.base_offset for segment in segments_of(log)] == [0, 1]
        assert append(log, build()).first_offset == 1
        bench.log_dir.purge()
        assert not [name for name in bench.filesystem.list(folder_of(log)) if "deleted" in name]

    def test_drops_later_segments_before_it_cuts_one(
        self, bench: Workbench, build: Build, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """After a kill in between, they would belong to the log, behind a hole."""
        log = bench.log()
        append(log, build())
        append(log, build())
        log.roll(NOW)
        append(log, build())
        later = segments_of(log).active.path
        found = []
        truncate = MemoryFile.truncate

        def truncate_noted(self: MemoryFile, size: int) -> None:
            found.append(bench.filesystem.exists(later))
            truncate(self, size)

        monkeypatch.setattr(MemoryFile, "truncate", truncate_noted)
        log.truncate_to(1, NOW)
        assert found == [False]

    def test_beyond_the_end_does_nothing(self, bench: Workbench, build: Build) -> None:
        log = bench.log()
        append(log, build(2))
        plan = log.prepare_flush()
        assert plan is not None
        log.truncate_to(2, NOW)
        log.truncate_to(9, NOW)
        assert log.log_end_offset == 2
        plan.run()
        log.complete_flush(plan)
        assert log.recovery_point == 2, "the flush is not void"

    def test_forgets_sequences_that_were_cut(self, bench: Workbench, build: Build) -> None:
        log = bench.log()
        for sequence in range(3):
            append(log, build(producer_id=1, producer_epoch=0, base_sequence=sequence))
        log.truncate_to(1, NOW)
        info = append(log, build(producer_id=1, producer_epoch=0, base_sequence=1))
        assert (info.first_offset, info.is_duplicate) == (1, False)

    def test_brings_expired_producers_back_to_this_log_only(
        self, bench: Workbench, build: Build
    ) -> None:
        log, other = bench.log(), bench.log(topic="other")
        append(log, build(producer_id=1, producer_epoch=0, base_sequence=0))
        append(log, build())
        log.expire_producers(NOW + 1, 1)
        log = bench.reopen(log)
        other = bench.log(topic="other")
        assert not log.active_producers()
        log.truncate_to(1, NOW)
        assert [producer.producer_id for producer in log.active_producers()] == [1]
        assert not other.active_producers()

    def test_below_the_start(self, bench: Workbench, build: Build) -> None:
        """The log starts there, too."""
        log = bench.log()
        append(log, build(2))
        append(log, build(2))
        log.delete_before(3)
        log.truncate_to(2, NOW)
        assert (log.log_start_offset, log.log_end_offset) == (2, 2)

    def test_fully_forgets_producers(self, bench: Workbench, build: Build) -> None:
        """Their snapshots too, which would bring them back after a crash."""
        log = bench.log()
        append(log, build(producer_id=1, producer_epoch=0, base_sequence=0))
        log.roll(NOW)
        plan = log.prepare_flush()
        assert plan is not None
        plan.run()
        log.complete_flush(plan)
        bench.log_dir.checkpoint({})
        log.truncate_fully_and_start_at(10, NOW)
        for again in (log, bench.reopen(log, clean=False)):
            assert producers_of(again).is_empty

    def test_fully(self, bench: Workbench, build: Build) -> None:
        log = bench.log()
        append(log, build(3), epoch=2)
        log.truncate_fully_and_start_at(10, NOW)
        assert log.unflushed_bytes == 0
        assert (log.log_start_offset, log.log_end_offset, log.size_bytes) == (10, 10, 0)
        assert log.latest_epoch is None
        log = bench.reopen(log)
        assert (log.log_start_offset, log.log_end_offset) == (10, 10)
        assert append(log, build()).first_offset == 10

    def test_fully_is_refused_when_the_directory_has_failed(
        self, bench: Workbench, build: Build
    ) -> None:
        log = bench.log()
        append(log, build())
        bench.log_dir.fail(StorageError("the disk is on fire"))
        with pytest.raises(LogDirFailed, match="on fire"):
            log.truncate_fully_and_start_at(10, NOW)
        assert log.log_end_offset == 1

    def test_before_the_first_segment(self, bench: Workbench, build: Build) -> None:
        log = bench.log()
        log.truncate_fully_and_start_at(10, NOW)
        append(log, build())
        log.truncate_to(4, NOW)
        assert (log.log_start_offset, log.log_end_offset) == (4, 4)
