"""Opening a log after clean and other stops; see test_crash_points.py too."""

from __future__ import annotations

import pytest

from storage import (
    AppendOrigin,
    Log,
    only_batch,
)
from tests.log_configs import log_config
from tests.storage.conftest import (
    NOW,
    TOPIC_ID,
    Build,
    Workbench,
    segments_of,
)


def append(log: Log, batch: bytes) -> None:
    log.append(only_batch(batch), leader_epoch=0, now_ms=NOW, origin=AppendOrigin.CLIENT)


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
        path = segments_of(log).active.path
        bench.stop()
        bench.filesystem.files[path].content[70] ^= 1
        bench.start()
        log = bench.log_dir.open_log("t", 0, TOPIC_ID, log_config(), NOW)
        assert log.log_end_offset == 2

    def test_unless_files_are_missing(self, bench: Workbench, build: Build) -> None:
        log = bench.log(log_config(index_interval_bytes=0))
        for _ in range(3):
            append(log, build())
        index = segments_of(log).active.offset_index.path
        bench.stop()
        bench.filesystem.remove(index)
        bench.start()
        log = bench.log(log_config(index_interval_bytes=0))
        assert segments_of(log).active.offset_index.entry_count() == 2

    def test_or_the_end_is_torn(self, bench: Workbench, build: Build) -> None:
        log = bench.log()
        append(log, build())
        append(log, build())
        segment = segments_of(log).active
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
        segment = segments_of(log).active
        bench.stop()
        bench.filesystem.open(segment.path).truncate(0)
        bench.start()
        log = bench.log()
        assert (log.log_start_offset, log.log_end_offset) == (4, 4)
        append(log, build())


@pytest.mark.parametrize("sizes", [(10, 1_200_000), (1_200_000, 10), (2_500_000, 1_200_000)])
def test_batches_larger_than_one_read_are_kept(
    bench: Workbench, build: Build, sizes: tuple[int, ...]
) -> None:
    """Recovery reads a MiB at a time; a batch may be larger than that, the last one too."""
    log = bench.log(log_config(max_message_bytes=4 << 20))
    for size in sizes:
        append(log, build(1, size))
    log = bench.reopen(log, clean=False)
    assert (log.log_end_offset, log.lost_records) == (len(sizes), 0)
