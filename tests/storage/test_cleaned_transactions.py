"""Which transactions compaction is in the middle of."""

from __future__ import annotations

from storage import AbortedTxn
from storage.cleaned_transactions import CleanedTransactions
from wire.records import BatchBuilder, RecordBatch
from wire.records.builder import emptied
from wire.records.control import ControlRecordType, EndTransactionMarker


def data(producer_id: int, offset: int, *, is_transactional: bool = True) -> RecordBatch:
    builder = BatchBuilder(
        base_offset=offset, producer_id=producer_id, is_transactional=is_transactional
    )
    builder.append(0, b"k", b"v")
    return RecordBatch(builder.build())


def marker(producer_id: int, offset: int, kind: ControlRecordType) -> RecordBatch:
    batch = RecordBatch(EndTransactionMarker(kind, 0).batch(producer_id, 0, 0))
    batch.base_offset = offset
    return batch


def abort(producer_id: int, offset: int) -> RecordBatch:
    return marker(producer_id, offset, ControlRecordType.ABORT)


def commit(producer_id: int, offset: int) -> RecordBatch:
    return marker(producer_id, offset, ControlRecordType.COMMIT)


def test_the_marker_of_an_aborted_transaction_stays_with_its_records() -> None:
    txn = AbortedTxn(7, 10, 12, 13)
    transactions = CleanedTransactions([txn])

    assert transactions.on(data(7, 10)) == (True, None)
    assert transactions.on(data(8, 11)) == (False, None)
    assert transactions.on(abort(7, 12)) == (False, txn)


def test_without_records_the_marker_may_go() -> None:
    transactions = CleanedTransactions([AbortedTxn(7, 10, 12, 13)])

    assert transactions.on(abort(7, 12)) == (True, None)
    assert transactions.on(abort(8, 13)) == (True, None)
    assert transactions.on(commit(9, 14)) == (True, None)


def test_a_commit_marker_stays_with_the_records_before_it_and_no_longer() -> None:
    transactions = CleanedTransactions([])

    assert transactions.on(data(7, 10)) == (False, None)
    assert transactions.on(commit(7, 11)) == (False, None)
    assert transactions.on(commit(7, 12)) == (True, None)


def test_only_batches_of_the_transaction_are_dropped_with_it() -> None:
    """The producer commits before, and writes without a transaction."""
    transactions = CleanedTransactions([AbortedTxn(7, 12, 14, 15)])

    assert transactions.on(data(7, 10)) == (False, None)
    assert transactions.on(commit(7, 11)) == (False, None)
    assert transactions.on(data(7, 12)) == (True, None)
    assert transactions.on(data(7, 13, is_transactional=False)) == (False, None)
    assert transactions.on(abort(7, 14))[0] is False
    assert transactions.on(data(7, 15)) == (False, None)


def test_two_aborted_transactions_of_a_producer_are_told_apart() -> None:
    first, second = AbortedTxn(7, 10, 11, 12), AbortedTxn(7, 20, 21, 22)
    transactions = CleanedTransactions([second, first])

    assert transactions.on(data(7, 10)) == (True, None)
    assert transactions.on(abort(7, 11)) == (False, first)
    assert transactions.on(abort(7, 21)) == (True, None)


def test_transactions_that_overlap() -> None:
    first, second = AbortedTxn(7, 10, 13, 11), AbortedTxn(8, 11, 12, 10)
    transactions = CleanedTransactions([second, first])

    assert [transactions.on(data(7, 10))[0], transactions.on(data(8, 11))[0]] == [True, True]
    assert transactions.on(abort(8, 12)) == (False, second)
    assert transactions.on(abort(7, 13)) == (False, first)


def test_a_batch_that_ends_behind_the_start_of_a_transaction_opens_it() -> None:
    """Its first offset may lie within a batch whose first records were cleaned away."""
    transactions = CleanedTransactions([AbortedTxn(7, 12, 20, 21)])
    builder = BatchBuilder(base_offset=10, producer_id=7, is_transactional=True)
    builder.append(0, b"k", b"v")

    assert transactions.on(RecordBatch(builder.build(last_offset=12))) == (True, None)


def test_an_emptied_marker_may_go() -> None:
    transactions = CleanedTransactions([])
    transactions.on(data(7, 10))

    assert transactions.on(RecordBatch(emptied(commit(7, 11)))) == (True, None)


def test_other_control_records_stay() -> None:
    builder = BatchBuilder(base_offset=3, is_control=True)
    builder.append(0, b"\0\0\0\2", b"")

    assert CleanedTransactions([]).on(RecordBatch(builder.build())) == (False, None)
