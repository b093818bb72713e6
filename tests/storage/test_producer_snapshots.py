"""Producer state across restarts."""

from __future__ import annotations

import pytest

from storage import (
    AppendInfo,
    AppendOrigin,
    CorruptBatch,
    Log,
    only_batch,
)
from storage.producer_state import ProducerStates
from tests.storage.conftest import (
    NOW,
    Build,
    Workbench,
    folder_of,
    producers_of,
)
from wire.records.control import ControlRecordType, EndTransactionMarker


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
