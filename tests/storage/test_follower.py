"""Appending what a leader has given its offsets already."""

from __future__ import annotations

import pytest

from storage import AppendOrigin, CorruptBatch, Log, OffsetsOutOfOrder, only_batch
from tests.storage.conftest import NOW, Build, Workbench, epochs_of, producers_of
from wire.records import RecordBatch, batches, patch_offset_and_epoch
from wire.records.control import ControlRecordType, EndTransactionMarker

ABORT = EndTransactionMarker(ControlRecordType.ABORT, 0)


def placed(batch: bytes, offset: int, epoch: int = 0) -> bytes:
    data = bytearray(batch)
    patch_offset_and_epoch(data, offset, epoch)
    return bytes(data)


def stored(log: Log) -> bytes:
    found = log.read(
        log.log_start_offset, 1 << 20, end_offset=log.log_end_offset, min_one_batch=True
    )
    assert found.records is not None
    return found.records.read()


def test_the_bytes_are_the_leaders(bench: Workbench, build: Build) -> None:
    leader, log = bench.log(topic="leader"), bench.log()
    for epoch in (3, 3, 4):
        batch = only_batch(build(2))
        leader.append(batch, leader_epoch=epoch, now_ms=NOW, origin=AppendOrigin.CLIENT)
    log.append_as_follower(stored(leader), NOW)
    assert stored(log) == stored(leader)
    assert log.log_end_offset == 6
    assert epochs_of(log).entries == [(3, 0), (4, 4)]


def test_producer_state_follows(bench: Workbench, build: Build) -> None:
    log = bench.log()
    fields = {"producer_id": 9, "producer_epoch": 2, "base_sequence": 5}
    data = placed(build(2, is_transactional=True, **fields), 0)
    log.append_as_follower(data + placed(ABORT.batch(9, 2, NOW), 2), NOW)
    assert producers_of(log).producers[9].last_sequence == 6
    assert [txn.last_offset for txn in log.aborted_transactions(0, 3)] == [2]
    assert not log.has_transaction(9, 2)


def test_offsets_may_be_missing(bench: Workbench, build: Build) -> None:
    log = bench.log()
    log.append_as_follower(placed(build(2), 3) + placed(build(1), 9), NOW)
    log = bench.reopen(log, clean=False)
    assert [batch.base_offset for batch in batches(stored(log))] == [3, 9]
    assert log.log_end_offset == 10


def test_nothing_is_appended_when_one_is_out_of_order(bench: Workbench, build: Build) -> None:
    log = bench.log()
    log.append_as_follower(placed(build(2), 0), NOW)
    for second in (3, 1):
        with pytest.raises(OffsetsOutOfOrder):
            log.append_as_follower(placed(build(2), 2) + placed(build(2), second), NOW)
    with pytest.raises(OffsetsOutOfOrder):
        log.append_as_follower(placed(build(2), 1), NOW)
    assert log.log_end_offset == 2


def test_a_batch_does_not_end_before_it_begins(bench: Workbench, build: Build) -> None:
    log = bench.log()
    batch = RecordBatch(build(2))
    batch.last_offset_delta = -1
    batch.set_max_timestamp(batch.timestamp_type, batch.max_timestamp)  # redoes the checksum
    with pytest.raises(OffsetsOutOfOrder):
        log.append_as_follower(batch.packed_header() + batch.body(), NOW)
    assert log.log_end_offset == 0


def test_checksums_are_checked(bench: Workbench, build: Build) -> None:
    log = bench.log()
    damaged = bytearray(placed(build(2), 2))
    damaged[-1] ^= 1
    with pytest.raises(CorruptBatch):
        log.append_as_follower(placed(build(2), 0) + bytes(damaged), NOW)
    assert log.log_end_offset == 0


def test_what_is_no_whole_batch_at_the_end_is_ignored(bench: Workbench, build: Build) -> None:
    log = bench.log()
    log.append_as_follower(placed(build(2), 0) + placed(build(2), 2)[:-1], NOW)
    assert log.log_end_offset == 2


def test_batches_without_an_epoch_leave_none(bench: Workbench, build: Build) -> None:
    log = bench.log()
    log.append_as_follower(placed(build(2), 0, epoch=-1), NOW)
    assert log.latest_epoch is None
    assert RecordBatch(stored(log)).partition_leader_epoch == -1
