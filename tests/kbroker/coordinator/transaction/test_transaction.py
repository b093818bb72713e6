"""Changes of a transactional id, and the record that keeps it (Kafka's TransactionMetadata)."""

from __future__ import annotations

import pytest

from kbroker.coordinator.transaction.states import TransactionState
from kbroker.coordinator.transaction.transaction import (
    LAST_EPOCH,
    Transaction,
    stored_transaction,
    transaction_record,
)
from wire.errors import ErrorCode, KafkaError
from wire.internal.transaction_state import TransactionLogValue

NOW = 1000
FRESH = Transaction(producer_id=7, timeout_ms=60, last_update_ms=1)
FIRST = FRESH.with_next_epoch(60, None, NOW)
OPEN = FIRST.with_partitions(frozenset({("t", 1), ("t", 0)}), 2, NOW)


def test_a_record_brings_everything_back_but_the_last_epoch() -> None:
    exhausted = OPEN._replace(producer_epoch=LAST_EPOCH)
    decided = exhausted.prepared(TransactionState.PREPARE_COMMIT, 2, 9, NOW + 1)
    record = transaction_record("id", decided)
    assert isinstance(record.value, TransactionLogValue)
    assert stored_transaction(record.value) == decided._replace(last_producer_epoch=-1)


def test_an_empty_transaction_has_null_partitions() -> None:
    value = transaction_record("id", FIRST).value
    assert isinstance(value, TransactionLogValue)
    assert value.transaction_partitions is None


def test_a_complete_transaction_has_no_partitions_which_is_not_null() -> None:
    """Kafka reads null of empty ones only."""
    complete = OPEN.prepared(TransactionState.PREPARE_COMMIT, 2, -1, NOW).completed(NOW)
    value = transaction_record("id", complete).value
    assert isinstance(value, TransactionLogValue)
    assert value.transaction_partitions == []


@pytest.mark.parametrize(
    ("expected", "epoch", "last_epoch"),
    [
        (None, 5, -1),  # a producer that starts
        (4, 5, 4),  # one that goes on
        (3, 4, 3),  # one that asks again
    ],
)
def test_next_epochs(expected: int | None, epoch: int, last_epoch: int) -> None:
    known = FIRST._replace(producer_epoch=4, last_producer_epoch=3)
    new = known.with_next_epoch(60, expected, NOW)
    assert (new.producer_epoch, new.last_producer_epoch) == (epoch, last_epoch)


def test_a_transaction_starts_with_its_first_partition_or_else_with_its_end() -> None:
    later = OPEN.with_partitions(frozenset({("u", 0)}), 2, NOW + 1)
    ended = later.prepared(TransactionState.PREPARE_COMMIT, 2, -1, NOW + 2)
    empty = FIRST.prepared(TransactionState.PREPARE_ABORT, 2, -1, NOW + 3)
    assert [known.start_ms for known in (FIRST, OPEN, later, ended)] == [-1, NOW, NOW, NOW]
    assert empty.start_ms == NOW + 3


def test_a_new_id_takes_a_producer_of_any_epoch() -> None:
    """The id may have been forgotten. Nobody can ask again with the epoch from before."""
    new = FRESH.with_next_epoch(60, 5, NOW)
    assert (new.producer_epoch, new.last_producer_epoch) == (0, -1)


def test_a_producer_that_starts_again_has_no_transaction() -> None:
    complete = OPEN.prepared(TransactionState.PREPARE_COMMIT, 2, -1, NOW).completed(NOW)
    assert complete.start_ms == NOW
    assert complete.with_next_epoch(60, None, NOW + 1).start_ms == -1


def test_any_other_epoch_is_fenced() -> None:
    known = FIRST._replace(producer_epoch=4, last_producer_epoch=3)
    with pytest.raises(KafkaError) as raised:
        known.with_next_epoch(60, 2, NOW)
    assert raised.value.code == ErrorCode.PRODUCER_FENCED


@pytest.mark.parametrize(("version", "epoch"), [(0, 0), (2, 1)])
def test_an_end_raises_the_epoch_since_version_2(version: int, epoch: int) -> None:
    decided = OPEN.prepared(TransactionState.PREPARE_COMMIT, version, -1, NOW)
    complete = decided.completed(NOW)
    assert decided.producer_epoch == complete.producer_epoch == epoch
    assert (complete.state, complete.partitions) == (TransactionState.COMPLETE_COMMIT, frozenset())


def test_an_end_that_keeps_the_epoch_keeps_the_one_before_it() -> None:
    """With which a producer may still repeat its InitProducerId."""
    known = OPEN._replace(producer_epoch=4, last_producer_epoch=3)
    complete = known.prepared(TransactionState.PREPARE_COMMIT, 0, -1, NOW).completed(NOW)
    assert (complete.producer_epoch, complete.last_producer_epoch) == (4, 3)


def test_the_id_that_follows_comes_with_the_completion() -> None:
    """Markers still carry the old id, at the epoch that is kept for fencing."""
    exhausted = OPEN._replace(producer_epoch=LAST_EPOCH)
    decided = exhausted.prepared(TransactionState.PREPARE_ABORT, 2, 9, NOW)
    complete = decided.completed(NOW)
    assert (decided.producer_id, decided.producer_epoch) == (7, LAST_EPOCH + 1)
    assert (complete.producer_id, complete.producer_epoch) == (9, 0)
    assert (complete.previous_producer_id, complete.next_producer_id) == (7, -1)


def test_the_first_partition_starts_the_time() -> None:
    more = OPEN.with_partitions(frozenset({("u", 0)}), 2, NOW + 5)
    assert (more.start_ms, more.last_update_ms, len(more.partitions)) == (NOW, NOW + 5, 3)


def test_a_fenced_producer_does_not_know_the_epoch() -> None:
    fenced = OPEN.fenced(2, NOW)
    assert (fenced.last_producer_epoch, fenced.producer_epoch) == (0, 1)
    assert OPEN.fenced(0, NOW).last_producer_epoch == -1
