"""Producer state across restarts."""

from __future__ import annotations

from struct import Struct

import pytest

from storage import (
    AppendInfo,
    AppendOrigin,
    CorruptBatch,
    Log,
    MemoryFilesystem,
    only_batch,
)
from storage.producer_snapshots import ProducerSnapshots
from storage.producer_state import ProducerStates
from tests.storage.conftest import (
    NOW,
    Build,
    Workbench,
    folder_of,
    producers_of,
)
from wire.records.control import ControlRecordType, EndTransactionMarker

SNAPSHOT_ENTRY = Struct(">qhiqiqiq")


def send(
    log: Log, build: Build, sequence: int, count: int = 1, epoch: int = 0, pid: int = 9, **more: int
) -> AppendInfo:
    batch = build(count, producer_id=pid, producer_epoch=epoch, base_sequence=sequence, **more)
    return log.append(only_batch(batch), leader_epoch=0, now_ms=NOW, origin=AppendOrigin.CLIENT)


def mark(
    log: Log, abort: bool = False, epoch: int = 0, pid: int = 9, coordinator: int = 0, tv: int = 0
) -> AppendInfo:
    kind = ControlRecordType.ABORT if abort else ControlRecordType.COMMIT
    batch = EndTransactionMarker(kind, coordinator).batch(pid, epoch, NOW)
    return log.append(
        only_batch(batch),
        leader_epoch=0,
        now_ms=NOW,
        origin=AppendOrigin.COORDINATOR,
        transaction_version=tv,
    )


class TestRestart:
    @pytest.mark.parametrize(
        ("clean", "keeps_snapshots"), [(True, True), (False, True), (False, False)]
    )
    def test_state_comes_back(
        self, bench: Workbench, build: Build, clean: bool, keeps_snapshots: bool
    ) -> None:
        log = bench.log()
        send(log, build, 0, 2, is_transactional=True)
        mark(log, abort=True, coordinator=4)
        log.roll(NOW)
        send(log, build, 2, 2, is_transactional=True)
        send(log, build, 0, pid=1)
        if not keeps_snapshots:
            bench.filesystem.remove(f"{folder_of(log)}/00000000000000000003.snapshot")
        log = bench.reopen(log, clean=clean)
        assert log.last_stable_offset(6) == 3
        assert producers_of(log).producers[9].coordinator_epoch == 4
        assert send(log, build, 2, 2, is_transactional=True).is_duplicate
        assert send(log, build, 0, pid=1).is_duplicate
        mark(log, abort=True, coordinator=4)
        assert [txn.first_offset for txn in log.aborted_transactions(0, 9)] == [0, 3]

    def test_the_first_batch_of_the_log_comes_back(self, bench: Workbench, build: Build) -> None:
        log = bench.log()
        send(log, build, 0)
        assert send(bench.reopen(log), build, 0).is_duplicate

    def test_the_time_of_the_last_marker_comes_back(self, bench: Workbench, build: Build) -> None:
        """Later than that of any batch of records."""
        log = bench.log()
        send(log, build, 0, is_transactional=True, timestamp=NOW - 5)
        mark(log)
        log = bench.reopen(log)
        assert producers_of(log).producers[9].last_timestamp == NOW

    @pytest.mark.parametrize("are_left", [True, False])
    def test_a_snapshot_of_records_that_are_gone_is_void(
        self, bench: Workbench, build: Build, are_left: bool
    ) -> None:
        """A truncation that a crash cut short has left it. An older one holds, if there is any."""
        log = bench.log()
        for pid in (9, 8):
            send(log, build, 0, pid=pid)
            log.roll(NOW)
        plan = log.prepare_flush()
        assert plan is not None
        plan.run()
        log.complete_flush(plan)
        bench.log_dir.checkpoint({})
        bench.stop(clean=False)
        bench.filesystem.remove("/data/t-0/00000000000000000001.log")
        bench.filesystem.remove("/data/t-0/00000000000000000002.log")
        if not are_left:
            bench.filesystem.remove("/data/t-0/00000000000000000001.snapshot")
        bench.start()
        assert set(producers_of(bench.log()).producers) == {9}


class TestSnapshots:
    def test_damage_is_noticed(self, bench: Workbench, build: Build) -> None:
        log = bench.log()
        send(log, build, 0)
        snapshot = producers_of(log).snapshot()
        for position in range(len(snapshot)):
            damaged = bytearray(snapshot)
            damaged[position] ^= 1
            with pytest.raises(CorruptBatch):
                ProducerStates().load(bytes(damaged))
        for length in range(len(snapshot)):
            with pytest.raises(CorruptBatch):
                ProducerStates().load(snapshot[:length])

    def test_those_of_deleted_segments_go_with_them(self, bench: Workbench, build: Build) -> None:
        log = bench.log()
        for sequence in range(3):
            send(log, build, sequence)
            log.roll(NOW)
        log.delete_before(2)
        names = bench.filesystem.list(folder_of(log))
        kept = sorted(int(name[:-9]) for name in names if name.endswith(".snapshot"))
        assert kept == [2, 3]

    def test_a_replay_begins_with_the_batch_that_the_log_starts_in(
        self, bench: Workbench, build: Build
    ) -> None:
        """As in Kafka, though its first record is deleted."""
        log = bench.log()
        send(log, build, 0, pid=8)
        send(log, build, 0, 2)
        log.delete_before(2)
        bench.stop()
        bench.filesystem.remove("/data/t-0/00000000000000000003.snapshot")
        bench.start()
        assert set(producers_of(bench.log()).producers) == {9}

    def test_a_damaged_one_is_replaced_by_a_replay(self, bench: Workbench, build: Build) -> None:
        log = bench.log()
        send(log, build, 0)
        log.roll(NOW)
        send(log, build, 1)
        folder = folder_of(log)
        bench.stop()
        for name in bench.filesystem.list(folder):
            if name.endswith(".snapshot"):
                bench.filesystem.replace(f"{folder}/{name}", b"damaged")
        bench.start()
        log = bench.log()
        assert producers_of(log).producers[9].last_sequence == 1

    def test_of_a_producer_without_batches(self, bench: Workbench) -> None:
        """Kafka's format: sequence -1, offset -1, and a delta of 0."""
        log = bench.log()
        mark(log, epoch=3, coordinator=4)
        snapshot = producers_of(log).snapshot()
        assert SNAPSHOT_ENTRY.unpack(snapshot[-SNAPSHOT_ENTRY.size :]) == (
            9, 3, -1, -1, 0, NOW, 4, -1,
        )  # fmt: skip


class TestFiles:
    @pytest.fixture
    def snapshots(self, bench: Workbench) -> ProducerSnapshots:
        """At offsets 3, 5 and 8."""
        bench.filesystem.make_folders("/d")
        snapshots = ProducerSnapshots(bench.filesystem, "/d")
        for offset in (3, 5, 8):
            snapshots.take(ProducerStates(), offset, kept=(3, 5))
        return snapshots

    def offsets(self, bench: Workbench) -> list[int]:
        return sorted(int(name.removesuffix(".snapshot")) for name in bench.filesystem.list("/d"))

    @pytest.mark.parametrize(
        ("kept", "left"), [((3, 5), [3, 5, 8]), ((5,), [5, 8]), ((), [8]), ((8,), [8])]
    )
    def test_those_of_segments_and_the_latest_are_kept(
        self, bench: Workbench, snapshots: ProducerSnapshots, kept: tuple[int], left: list[int]
    ) -> None:
        snapshots.prune(kept)
        assert self.offsets(bench) == left

    def test_a_new_one_drops_what_is_not_kept(
        self, bench: Workbench, snapshots: ProducerSnapshots
    ) -> None:
        snapshots.take(ProducerStates(), 9, kept=(5,))
        assert self.offsets(bench) == [5, 9]

    def test_none_is_taken_twice(self, bench: Workbench, snapshots: ProducerSnapshots) -> None:
        version = snapshots.version
        snapshots.take(ProducerStates(), 8, kept=())
        snapshots.take(ProducerStates(), 7, kept=())
        assert (self.offsets(bench), snapshots.version) == ([3, 5, 8], version)

    def test_the_latest_that_can_be_read_is_loaded(
        self, bench: Workbench, snapshots: ProducerSnapshots
    ) -> None:
        """Damaged ones are removed."""
        assert snapshots.load_latest(ProducerStates()) == 8
        bench.filesystem.replace("/d/00000000000000000008.snapshot", b"damaged")
        assert snapshots.load_latest(ProducerStates()) == 5
        assert self.offsets(bench) == [3, 5]

    def test_one_that_is_gone_does_not_matter(
        self, bench: Workbench, snapshots: ProducerSnapshots
    ) -> None:
        bench.filesystem.remove("/d/00000000000000000008.snapshot")
        assert snapshots.load_latest(ProducerStates()) == 5
        assert snapshots.latest_path == "/d/00000000000000000005.snapshot"

    def test_one_that_could_not_be_written_is_taken_again(
        self, bench: Workbench, snapshots: ProducerSnapshots, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def fail(*_: object) -> None:
            raise OSError(28, "No space left on device")

        with monkeypatch.context() as full:
            full.setattr(MemoryFilesystem, "replace", fail)
            with pytest.raises(OSError, match="No space"):
                snapshots.take(ProducerStates(), 9, kept=(3, 5))
        assert snapshots.latest_path == "/d/00000000000000000008.snapshot"
        snapshots.take(ProducerStates(), 9, kept=(3, 5))
        assert self.offsets(bench) == [3, 5, 9]

    def test_other_files_are_none(self, snapshots: ProducerSnapshots) -> None:
        snapshots.list(["x.snapshot", "00000000000000000004.snapshot", "00000000000000000007.log"])
        assert snapshots.latest_path == "/d/00000000000000000004.snapshot"

    def test_those_of_truncated_records_go(
        self, bench: Workbench, snapshots: ProducerSnapshots
    ) -> None:
        snapshots.remove_after(5)
        assert self.offsets(bench) == [3, 5]
        assert snapshots.latest_path == "/d/00000000000000000005.snapshot"
