"""Sequences, duplicates, epochs, and transactions, as a log applies them."""

from __future__ import annotations

from contextlib import nullcontext

import pytest

from storage import (
    AppendInfo,
    AppendOrigin,
    CorruptBatch,
    InvalidProducerEpoch,
    InvalidTxnState,
    Log,
    OutOfOrderSequence,
    TransactionCoordinatorFenced,
    only_batch,
)
from storage.producer_state import ProducerStates
from tests.storage.conftest import (
    NOW,
    Build,
    Workbench,
    producers_of,
)
from wire.records.batch import CRC_START, HEADER_SIZE, LOG_OVERHEAD, MAX_SEQUENCE
from wire.records.control import ControlRecordType, EndTransactionMarker
from wire.records.crc32c import crc32c


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


class TestSequences:
    def test_a_duplicate_of_the_last_five_is_answered_with_its_offsets(
        self, bench: Workbench, build: Build
    ) -> None:
        log = bench.log()
        for sequence in range(0, 14, 2):
            send(log, build, sequence, 2)
        info = send(log, build, 4, 2)
        assert (info.first_offset, info.last_offset, info.is_duplicate) == (4, 5, True)
        assert info.log_append_time_ms == NOW + 1
        assert log.log_end_offset == 14
        with pytest.raises(OutOfOrderSequence):
            send(log, build, 2, 2)  # the sixth last

    def test_the_same_sequence_of_a_new_epoch_is_no_duplicate(
        self, bench: Workbench, build: Build
    ) -> None:
        log = bench.log()
        send(log, build, 0)
        info = send(log, build, 0, epoch=1)
        assert (info.first_offset, info.is_duplicate) == (1, False)
        again = send(log, build, 0, epoch=1)
        assert (again.first_offset, again.is_duplicate) == (1, True)

    @pytest.mark.parametrize(("sequence", "count"), [(0, 2), (1, 2)])
    def test_a_retry_with_other_bounds_is_no_duplicate(
        self, bench: Workbench, build: Build, sequence: int, count: int
    ) -> None:
        log = bench.log()
        send(log, build, 0, 3)
        with pytest.raises(OutOfOrderSequence):
            send(log, build, sequence, count)

    def test_a_gap(self, bench: Workbench, build: Build) -> None:
        log = bench.log()
        send(log, build, 0)
        with pytest.raises(OutOfOrderSequence):
            send(log, build, 2)
        assert log.log_end_offset == 1

    def test_epochs_of_an_unknown_producer(self, bench: Workbench, build: Build) -> None:
        """What is not known has the epoch -1, and -1 is its coordinator's."""
        log = bench.log()
        with pytest.raises(InvalidProducerEpoch):
            send(log, build, 0, epoch=-2)
        with pytest.raises(InvalidProducerEpoch):
            mark(log, epoch=-2)
        with pytest.raises(TransactionCoordinatorFenced):
            mark(log, coordinator=-2)
        mark(log, coordinator=-1)

    def test_any_first_sequence_of_an_unknown_producer(
        self, bench: Workbench, build: Build
    ) -> None:
        log = bench.log()
        send(log, build, 17)
        send(log, build, 18)

    def test_any_sequence_of_a_producer_without_an_epoch(
        self, bench: Workbench, build: Build
    ) -> None:
        log = bench.log()
        for sequence in (0, 7, 3):
            assert not send(log, build, sequence, epoch=-1).is_duplicate

    def test_wraps_after_the_greatest_sequence(self, bench: Workbench, build: Build) -> None:
        log = bench.log()
        send(log, build, MAX_SEQUENCE - 1, 2)
        send(log, build, 0, 2)
        send(log, build, MAX_SEQUENCE, 1, pid=8)
        with pytest.raises(OutOfOrderSequence):
            send(log, build, 1, 1, pid=8)
        assert send(log, build, MAX_SEQUENCE - 1, 2).is_duplicate

    def test_wraps_within_a_batch(self, bench: Workbench, build: Build) -> None:
        log = bench.log()
        send(log, build, MAX_SEQUENCE, 3)
        assert send(log, build, MAX_SEQUENCE, 3).is_duplicate
        send(log, build, 2)

    def test_a_new_epoch_starts_at_zero(self, bench: Workbench, build: Build) -> None:
        log = bench.log()
        send(log, build, 0, 5)
        with pytest.raises(OutOfOrderSequence):
            send(log, build, 5, epoch=1)
        send(log, build, 0, epoch=1)
        with pytest.raises(InvalidProducerEpoch):
            send(log, build, 5, epoch=0)

    def test_the_coordinator_sends_none(self, bench: Workbench, build: Build) -> None:
        log = bench.log()
        batch = build(producer_id=9, producer_epoch=3, base_sequence=-1, is_transactional=True)
        log.announce(9, 3, 5, starts_at_0=True, now_ms=NOW)
        for _ in range(2):
            log.append(
                only_batch(batch), leader_epoch=0, now_ms=NOW, origin=AppendOrigin.COORDINATOR
            )
        assert log.log_end_offset == 2
        with pytest.raises(InvalidProducerEpoch):
            log.append(
                only_batch(build(producer_id=9, producer_epoch=2, base_sequence=-1)),
                leader_epoch=0,
                now_ms=NOW,
                origin=AppendOrigin.COORDINATOR,
            )


class TestTransactions:
    def test_the_stable_offset_waits_for_the_marker_and_its_replication(
        self, bench: Workbench, build: Build
    ) -> None:
        log = bench.log()
        send(log, build, 0, pid=1)
        send(log, build, 0, 3, is_transactional=True)
        send(log, build, 1, pid=1)
        assert log.last_stable_offset(5) == 1
        assert log.last_stable_offset(1) == 1
        assert producers_of(log).first_unstable_offset(5) == 1
        assert mark(log).first_offset == 5
        assert log.last_stable_offset(5) == 1
        assert log.last_stable_offset(6) == 6
        assert producers_of(log).first_unstable_offset(6) is None

    @pytest.mark.parametrize(("start", "stable"), [(1, 0), (2, 0), (4, 3), (6, 6)])
    def test_the_stable_offset_is_not_below_the_batch_that_the_log_starts_in(
        self, bench: Workbench, build: Build, start: int, stable: int
    ) -> None:
        """Else there would be nothing that a reader of committed data could start at."""
        log = bench.log()
        send(log, build, 0, 3, is_transactional=True)
        send(log, build, 3, 3, is_transactional=True)
        log.delete_before(start)
        assert log.last_stable_offset(6) == stable

    @pytest.mark.parametrize("transactional", [False, True])
    def test_what_was_announced_is_waited_for_until_it_comes(
        self, bench: Workbench, build: Build, transactional: bool
    ) -> None:
        """Batches outside of transactions do not stand for it."""
        log = bench.log()
        log.announce(9, 0, 0, starts_at_0=True, now_ms=NOW)
        send(log, build, 0, is_transactional=transactional)
        with nullcontext() if transactional else pytest.raises(OutOfOrderSequence):
            send(log, build, 1, is_transactional=transactional)

    @pytest.mark.parametrize(
        ("announced", "greatest"),
        [
            ([(1, 5), (1, 3)], 3),
            ([(1, 3), (1, 5)], 3),
            ([(1, 3), (2, 5)], 5),
            ([(2, 5), (1, 3)], 5),
            ([(1, 3), (2, 5), (1, 2)], 5),
        ],
    )
    def test_the_lowest_sequence_of_the_latest_epoch_has_to_come_first(
        self, bench: Workbench, build: Build, announced: list[tuple[int, int]], greatest: int
    ) -> None:
        log = bench.log()
        for now_ms, (epoch, sequence) in enumerate(announced, NOW):
            log.announce(9, epoch, sequence, starts_at_0=False, now_ms=now_ms)
        with pytest.raises(OutOfOrderSequence):
            send(log, build, greatest + 1, epoch=2, is_transactional=True)
        send(log, build, greatest, epoch=2, is_transactional=True)

    @pytest.mark.parametrize("starts_at_0", [True, False])
    def test_epochs_of_version_2_start_at_0(
        self, bench: Workbench, build: Build, starts_at_0: bool
    ) -> None:
        """KIP-890."""
        log = bench.log()
        log.announce(9, 0, 5, starts_at_0=starts_at_0, now_ms=NOW)
        with pytest.raises(OutOfOrderSequence) if starts_at_0 else nullcontext():
            send(log, build, 1, is_transactional=True)

    def test_version_2_goes_on_in_the_epoch_of_a_known_producer(
        self, bench: Workbench, build: Build
    ) -> None:
        log = bench.log()
        send(log, build, 0, is_transactional=True)
        mark(log)
        log.announce(9, 0, 1, starts_at_0=True, now_ms=NOW)
        assert send(log, build, 1, is_transactional=True).first_offset == 2

    def test_what_was_announced_is_forgotten_with_all_records(
        self, bench: Workbench, build: Build
    ) -> None:
        log = bench.log()
        log.announce(9, 0, 5, starts_at_0=True, now_ms=NOW)
        log.truncate_fully_and_start_at(10, NOW)
        assert send(log, build, 6, is_transactional=True).first_offset == 10

    @pytest.mark.parametrize(("rises", "waits"), [(True, True), (False, False)])
    def test_a_marker_of_the_announced_epoch(
        self, bench: Workbench, build: Build, rises: bool, waits: bool
    ) -> None:
        """Where epochs rise it ends the transaction before."""
        log = bench.log()
        send(log, build, 0, is_transactional=True)
        log.announce(9, 0, 0, starts_at_0=rises, now_ms=NOW)
        mark(log)
        with pytest.raises(OutOfOrderSequence) if waits else nullcontext():
            send(log, build, 1, is_transactional=True)

    def test_the_oldest_of_several_counts(self, bench: Workbench, build: Build) -> None:
        log = bench.log()
        for pid in (1, 2, 3):
            send(log, build, 0, pid=pid, is_transactional=True)
        mark(log, pid=2)
        assert log.last_stable_offset(4) == 0
        mark(log, pid=1)
        assert log.last_stable_offset(5) == 2
        mark(log, pid=3)
        assert log.last_stable_offset(6) == 6

    def test_the_oldest_of_several_counts_until_its_marker_is_replicated(
        self, bench: Workbench, build: Build
    ) -> None:
        """Though a younger one has ended before it."""
        log = bench.log()
        for pid in (1, 2):
            send(log, build, 0, pid=pid, is_transactional=True)
        mark(log, pid=2)
        mark(log, pid=1)
        assert [log.last_stable_offset(offset) for offset in (2, 3, 4)] == [0, 0, 4]

    def test_aborted_ones_are_listed_where_they_matter(
        self, bench: Workbench, build: Build
    ) -> None:
        log = bench.log()
        send(log, build, 0, 2, is_transactional=True)
        mark(log, abort=True)
        log.roll(NOW)
        send(log, build, 2, 2, is_transactional=True)
        send(log, build, 0, pid=5, is_transactional=True)
        mark(log, abort=True)
        mark(log, abort=True, pid=5)
        found = [
            (txn.producer_id, txn.first_offset, txn.last_offset, txn.last_stable_offset)
            for txn in log.aborted_transactions(0, 8)
        ]
        assert found == [(9, 0, 2, 3), (9, 3, 6, 5), (5, 5, 7, 8)]
        assert [txn.first_offset for txn in log.aborted_transactions(3, 5)] == [3]
        assert [txn.first_offset for txn in log.aborted_transactions(0, 3)] == [0]
        assert log.aborted_transactions(8, 9) == []

    def test_aborted_ones_that_overlap_are_listed_with_each_part(
        self, bench: Workbench, build: Build
    ) -> None:
        """The longer one (9) begins before the shorter one (5), and ends after it."""
        log = bench.log()
        send(log, build, 0, is_transactional=True)
        send(log, build, 0, pid=5, is_transactional=True)
        mark(log, abort=True, pid=5)
        send(log, build, 1, is_transactional=True)
        mark(log, abort=True)
        found = [
            [txn.producer_id for txn in log.aborted_transactions(offset, offset + 1)]
            for offset in range(5)
        ]
        assert found == [[9], [5, 9], [5, 9], [9], [9]]

    def test_a_committed_one_leaves_no_trace_in_the_index(
        self, bench: Workbench, build: Build
    ) -> None:
        log = bench.log()
        send(log, build, 0, is_transactional=True)
        mark(log)
        assert log.aborted_transactions(0, 9) == []

    def test_only_transactional_batches_within_one(self, bench: Workbench, build: Build) -> None:
        log = bench.log()
        send(log, build, 0, is_transactional=True)
        with pytest.raises(InvalidTxnState):
            send(log, build, 1)
        send(log, build, 1, is_transactional=True)
        mark(log)
        send(log, build, 2)

    def test_markers_of_older_epochs(self, bench: Workbench, build: Build) -> None:
        log = bench.log()
        send(log, build, 0, epoch=3, is_transactional=True)
        with pytest.raises(InvalidProducerEpoch):
            mark(log, epoch=2)
        with pytest.raises(InvalidProducerEpoch):
            mark(log, epoch=3, tv=2)  # KIP-890: the marker bumps the epoch
        mark(log, epoch=4, tv=2, coordinator=7)
        mark(log, epoch=4, tv=2, coordinator=7)  # as after a crash of the coordinator
        with pytest.raises(TransactionCoordinatorFenced):
            mark(log, epoch=5, tv=2, coordinator=6)
        with pytest.raises(InvalidProducerEpoch):
            mark(log, epoch=3, coordinator=6)
        with pytest.raises(OutOfOrderSequence):
            send(log, build, 1, epoch=4)  # the marker's epoch has no sequence yet
        send(log, build, 0, epoch=4)

    def test_a_control_batch_must_hold_a_marker(self, bench: Workbench, build: Build) -> None:
        log = bench.log()
        batch = build(producer_id=1, producer_epoch=0, is_control=True)
        with pytest.raises(CorruptBatch):
            log.append(
                only_batch(batch), leader_epoch=0, now_ms=NOW, origin=AppendOrigin.COORDINATOR
            )
        assert log.log_end_offset == 0


class TestExpiry:
    def test_idle_producers_go_but_not_within_a_transaction(
        self, bench: Workbench, build: Build
    ) -> None:
        log = bench.log()
        send(log, build, 0, pid=1)
        send(log, build, 0, pid=2, is_transactional=True)
        log.expire_producers(NOW + 999, 1000)
        assert set(producers_of(log).producers) == {1, 2}
        log.expire_producers(NOW + 1000, 1000)
        assert set(producers_of(log).producers) == {2}

    def test_announced_batches_that_never_came_go(self, bench: Workbench, build: Build) -> None:
        """Until then no later batch may come before them."""
        log = bench.log()
        log.announce(9, 0, 5, False, NOW)
        log.expire_producers(NOW + 999, 1000)
        with pytest.raises(OutOfOrderSequence):
            send(log, build, 6, is_transactional=True)
        log.expire_producers(NOW + 1000, 1000)
        assert send(log, build, 6, is_transactional=True).first_offset == 0

    def test_nor_within_one_that_starts_at_0(self, bench: Workbench, build: Build) -> None:
        log = bench.log()
        send(log, build, 0, is_transactional=True)
        log.expire_producers(NOW + 1000, 1000)
        assert set(producers_of(log).producers) == {9}


class TestEmptyControlBatch:
    """Kafka's cleaner keeps the batch of a marker whose transaction is gone, without its record."""

    @pytest.fixture
    def log(self, bench: Workbench, build: Build) -> Log:
        log = bench.log()
        send(log, build, 0)
        header = only_batch(EndTransactionMarker(ControlRecordType.ABORT, 0).batch(8, 3, NOW))
        header.record_count = 0
        header.base_offset = 1
        header.batch_length = HEADER_SIZE - LOG_OVERHEAD
        header.crc = crc32c(header.packed_header()[CRC_START:])
        log.append_as_follower(header.packed_header(), NOW)
        return log

    @pytest.mark.parametrize("clean", [True, False])
    def test_is_recovered_and_read(self, log: Log, bench: Workbench, clean: bool) -> None:
        log = bench.reopen(log, clean=clean)
        assert log.log_end_offset == 2
        found = log.read(1, 1000, end_offset=2, min_one_batch=True)
        assert len(found.records) == HEADER_SIZE
        assert log.aborted_transactions(0, 2) == []
        assert not log.problems()

    def test_its_producer_is_known_by_its_id_only(self, log: Log) -> None:
        """As with Kafka, and DescribeProducers shows it."""
        state = next(state for state in log.active_producers() if state.producer_id == 8)
        assert (state.producer_epoch, state.last_sequence, state.last_timestamp) == (-1, -1, -1)

    def test_its_producer_counts_as_one_without_records(self, log: Log, build: Build) -> None:
        log.announce(8, 3, 5, starts_at_0=True, now_ms=NOW)
        with pytest.raises(OutOfOrderSequence):
            send(log, build, 5, epoch=3, pid=8, is_transactional=True)

    def test_is_replayed_after_a_truncation(self, log: Log, build: Build) -> None:
        send(log, build, 1)
        log.truncate_to(2, NOW)
        assert sorted(state.producer_id for state in log.active_producers()) == [8, 9]


def test_a_batch_keeps_its_sequences_when_compaction_takes_its_first_records(build: Build) -> None:
    header = only_batch(build(3, producer_id=9, producer_epoch=0, base_sequence=4))
    header.record_count = 1
    states = ProducerStates()
    states.add(header)
    (produced,) = states.producers[9].batches
    assert (produced.first_sequence, produced.last_sequence) == (4, 6)


def test_a_producer_was_last_heard_of_at_the_time_of_its_last_batch(
    bench: Workbench, build: Build
) -> None:
    """Which its client chooses."""
    log = bench.log()
    send(log, build, 0)
    send(log, build, 1, timestamp=NOW - 5)
    assert producers_of(log).producers[9].last_timestamp == NOW - 5


def test_open_transactions_of_a_snapshot_are_in_the_order_of_their_starts(
    bench: Workbench, build: Build
) -> None:
    """The producers are not: the first one that wrote here has the younger transaction."""
    log = bench.log()
    send(log, build, 0, pid=1)
    send(log, build, 0, pid=2, is_transactional=True)
    send(log, build, 1, pid=1, is_transactional=True)
    assert bench.reopen(log).last_stable_offset(3) == 1
