"""Opening a log after clean and other stops; see test_crash_points.py too."""

from __future__ import annotations

from struct import pack

import pytest

from storage import (
    AppendOrigin,
    Log,
    only_batch,
)
from storage.filesystem import MemoryFile
from tests.log_configs import log_config
from tests.storage.conftest import (
    NOW,
    TOPIC_ID,
    Build,
    Workbench,
    epochs_of,
    folder_of,
    producers_of,
    segments_of,
)
from wire.records.control import ControlRecordType, EndTransactionMarker


def append(log: Log, batch: bytes, epoch: int = 0) -> None:
    log.append(only_batch(batch), leader_epoch=epoch, now_ms=NOW, origin=AppendOrigin.CLIENT)


def flush(bench: Workbench, log: Log, *, snapshot: bool = False) -> None:
    plan = log.prepare_flush(snapshot=snapshot)
    assert plan is not None
    plan.run()
    log.complete_flush(plan)
    bench.log_dir.checkpoint({})


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

    @pytest.mark.parametrize("clean", [True, False])
    def test_a_log_behind_its_checkpointed_start_starts_anew(
        self, bench: Workbench, build: Build, clean: bool
    ) -> None:
        """Without epochs and producers, as in Kafka."""
        log = bench.log()
        append(log, build(4, producer_id=9, producer_epoch=0, base_sequence=0))
        log.delete_before(4)
        flush(bench, log, snapshot=True)
        segment = segments_of(log).active
        bench.stop(clean=clean)
        bench.filesystem.open(segment.path).truncate(0)
        bench.start()
        log = bench.log()
        assert (log.log_start_offset, log.log_end_offset) == (4, 4)
        assert (log.latest_epoch, list(log.active_producers())) == (None, [])
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


def test_what_cannot_be_read_before_the_recovery_point_is_damage(
    bench: Workbench, build: Build
) -> None:
    """It is noticed where the time index has lost entries: the batches are read in their place."""
    config = log_config(index_interval_bytes=0)
    log = bench.log(config)
    for sequence in range(4):
        append(log, build(timestamp=NOW + sequence))
    flush(bench, log, snapshot=True)
    segment = segments_of(log).active
    bench.stop(clean=False)
    bench.filesystem.files[segment.path].content[segment.size // 4 + 16] ^= 1  # the magic
    bench.filesystem.open(segment.time_index.path).truncate(0)
    bench.start()
    log = bench.log(config)
    assert (log.log_end_offset, log.lost_records) == (1, 3)


@pytest.mark.parametrize("shift", [0, 1], ids=["of another offset", "that is none"])
def test_an_index_that_leads_to_a_batch(bench: Workbench, build: Build, shift: int) -> None:
    """Its entry is in order and within the segment, and yet the index is made anew."""
    config = log_config(index_interval_bytes=0)
    log = bench.log(config)
    for _ in range(4):
        append(log, build())
    flush(bench, log, snapshot=True)
    segment = segments_of(log).active
    bench.stop(clean=False)
    index = bench.filesystem.open(segment.offset_index.path)
    index.truncate(0)
    index.write(0, (pack(">ii", 1, segment.size // 4 * 3 + shift),))
    bench.start()
    log = bench.log(config)
    assert log.read(1, 1 << 20, end_offset=4, min_one_batch=True).start_offset == 1


@pytest.mark.parametrize("suffix", [".index", ".timeindex", ".txnindex"])
def test_an_index_without_its_log_goes(bench: Workbench, build: Build, suffix: str) -> None:
    """Else the next segment of its name would have it."""
    path = f"{folder_of(bench.log())}/00000000000000000000{suffix}"
    bench.stop(clean=False)
    bench.filesystem.open(path)
    bench.start()
    bench.log()
    assert not bench.filesystem.exists(path)


def test_indexes_made_anew_before_the_recovery_point_are_synced(
    bench: Workbench, build: Build, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The next start trusts them."""
    log = bench.log()
    for _ in range(3):
        append(log, build())
        log.roll(NOW)
    append(log, build())
    flush(bench, log, snapshot=True)
    paths = [segment.time_index.path for segment in segments_of(log)][:2]
    bench.stop(clean=False)
    for path in paths:
        bench.filesystem.remove(path)
    synced = []

    def sync(self: MemoryFile) -> None:
        synced.append(self)

    monkeypatch.setattr(MemoryFile, "sync", sync)
    bench.start()
    bench.log()
    for path in paths:
        assert bench.filesystem.files[path] in synced


@pytest.mark.parametrize("suffix", [".index", ".timeindex"])
def test_every_segment_has_its_index_files(bench: Workbench, build: Build, suffix: str) -> None:
    """Also where they have no entry: without them the next clean stop is not trusted."""
    log = bench.log()
    append(log, build(timestamp=-1))
    path = segments_of(log).active.path.removesuffix(".log") + suffix
    bench.stop(clean=False)
    bench.filesystem.remove(path)
    bench.start()
    bench.log()
    assert bench.filesystem.exists(path)


def test_a_producer_snapshot_behind_the_end_is_void(bench: Workbench, build: Build) -> None:
    """A truncation was not finished."""
    log = bench.log()
    for sequence in range(2):
        append(log, build(producer_id=1, producer_epoch=0, base_sequence=sequence))
    flush(bench, log, snapshot=True)
    segment = segments_of(log).active
    bench.stop(clean=False)
    bench.filesystem.open(segment.path).truncate(segment.size // 2)
    bench.start()
    log = bench.log()
    assert producers_of(log).producers[1].last_sequence == 0


@pytest.mark.parametrize("start", [1, 2])
@pytest.mark.parametrize("clean", [True, False])
def test_a_log_that_starts_in_a_batch_knows_its_producer(
    bench: Workbench, build: Build, clean: bool, start: int
) -> None:
    """Without a snapshot, too: the transaction that begins there is still open."""
    log = bench.log()
    fields = {"producer_id": 1, "producer_epoch": 0, "base_sequence": 0}
    append(log, build(3, is_transactional=True, **fields))
    log.delete_before(start)
    flush(bench, log)
    log = bench.reopen(log, clean=clean)
    assert (log.log_start_offset, log.has_transaction(1, 0)) == (start, True)
    assert log.last_stable_offset(3) == 0


@pytest.mark.parametrize("clean", [True, False])
def test_epochs_come_back_from_their_file(bench: Workbench, build: Build, clean: bool) -> None:
    log = bench.log()
    for epoch in (1, 2):
        append(log, build(), epoch)
    flush(bench, log, snapshot=True)
    log = bench.reopen(log, clean=clean)
    assert epochs_of(log).entries == [(1, 0), (2, 1)]
    assert log.latest_epoch == 2


@pytest.mark.parametrize("snapshot", [False, True])
def test_an_aborted_transaction_before_the_recovery_point_is_listed_once(
    bench: Workbench, build: Build, snapshot: bool
) -> None:
    """Its marker is read again, and counts only without a snapshot."""
    log = bench.log()
    fields = {"producer_id": 1, "producer_epoch": 0, "base_sequence": 0}
    append(log, build(1, is_transactional=True, **fields))
    marker = EndTransactionMarker(ControlRecordType.ABORT, 0).batch(1, 0, NOW)
    origin = AppendOrigin.COORDINATOR
    log.append(only_batch(marker), leader_epoch=0, now_ms=NOW, origin=origin)
    append(log, build())
    flush(bench, log, snapshot=snapshot)
    log = bench.reopen(log, clean=False)
    assert len(log.aborted_transactions(0, 3)) == 1


class TestSegments:
    @pytest.fixture
    def log(self, bench: Workbench, build: Build) -> Log:
        """Three segments of two batches, of the epochs 1, 2 and 3; producer 9 wrote the first."""
        log = bench.log()
        for epoch in (1, 2, 3):
            fields = {"producer_id": 9, "producer_epoch": 0, "base_sequence": 0}
            append(log, build(**fields) if epoch == 1 else build(), epoch)
            append(log, build(), epoch)
            log.roll(NOW)
        return log

    @pytest.mark.parametrize("position", [16, 60], ids=["magic", "records"])
    def test_what_follows_a_damaged_batch_goes(
        self, bench: Workbench, log: Log, position: int
    ) -> None:
        """Also the segments after it."""
        damaged = segments_of(log).floor(3)
        assert damaged is not None
        position += damaged.size // 2
        bench.stop(clean=False)
        bench.filesystem.files[damaged.path].content[position] ^= 1
        bench.start()
        log = bench.log()
        assert log.log_end_offset == 3
        assert [segment.base_offset for segment in segments_of(log)] == [0, 2]

    def test_what_follows_an_emptied_segment_goes(self, bench: Workbench, log: Log) -> None:
        """It has no batch that is damaged, but those of its offsets are missing."""
        emptied = segments_of(log).floor(2)
        assert emptied is not None
        bench.stop(clean=False)
        bench.filesystem.files[emptied.path].content.clear()
        bench.start()
        log = bench.log()
        assert log.log_end_offset == 2
        assert [segment.base_offset for segment in segments_of(log)] == [0, 2]

    @pytest.mark.parametrize("clean", [True, False])
    def test_a_producer_outlives_its_records(self, bench: Workbench, log: Log, clean: bool) -> None:
        """The snapshots know it."""
        log.delete_before(2)
        assert [segment.base_offset for segment in segments_of(log)] == [2, 4, 6]
        flush(bench, log)
        log = bench.reopen(log, clean=clean)
        assert set(producers_of(log).producers) == {9}

    def test_epochs_come_back_from_the_batches(self, bench: Workbench, log: Log) -> None:
        """Also from those before the recovery point."""
        flush(bench, log)
        path = epochs_of(log).path
        bench.stop(clean=False)
        bench.filesystem.remove(path)
        bench.start()
        assert epochs_of(bench.log()).entries == [(1, 0), (2, 2), (3, 4)]

    def test_damage_ends_the_search_for_epochs(self, bench: Workbench, log: Log) -> None:
        flush(bench, log, snapshot=True)
        damaged = segments_of(log).floor(2)
        assert damaged is not None
        bench.stop(clean=False)
        bench.filesystem.remove(f"{folder_of(log)}/leader-epoch-checkpoint")
        bench.filesystem.files[damaged.path].content[16] ^= 1  # the magic
        bench.start()
        log = bench.log_dir.open_log("t", 0, TOPIC_ID, log_config(), NOW)
        assert epochs_of(log).entries[0] == (1, 0)

    def test_a_time_index_that_lost_its_entries_is_made_anew(
        self, bench: Workbench, log: Log
    ) -> None:
        """Also before the recovery point."""
        flush(bench, log, snapshot=True)
        path = next(iter(segments_of(log))).time_index.path
        bench.stop(clean=False)
        bench.filesystem.open(path).truncate(0)
        bench.start()
        assert bench.log().offset_for_timestamp(NOW, 6) == (0, NOW)
