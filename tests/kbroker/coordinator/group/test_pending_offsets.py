"""Offsets of open transactions: which one counts in the end."""

from __future__ import annotations

from kbroker.coordinator.group.pending_offsets import PendingOffsets
from wire.internal.consumer_offsets import OffsetCommitKey, OffsetCommitValue

KEY = OffsetCommitKey(group="g", topic="t", partition=0)


def value(offset: int) -> OffsetCommitValue:
    return OffsetCommitValue(offset=offset, metadata="", commit_timestamp=0)


def ended(pending: PendingOffsets, producer_id: int, commit: bool = True) -> list[int]:
    return [found.offset for _, found in pending.end(producer_id, commit)]


def test_a_commit_yields_them_and_an_abort_does_not() -> None:
    pending = PendingOffsets()
    for producer_id in (1, 2):
        pending.add(producer_id, KEY, value(producer_id))
    assert ended(pending, 1, commit=False) == []
    assert ended(pending, 2) == [2]
    assert not pending.is_open("g", "t", 0)


def test_the_last_of_one_transaction_counts() -> None:
    pending = PendingOffsets()
    pending.add(1, KEY, value(5))
    pending.add(1, KEY, value(6))
    assert ended(pending, 1) == [6]


def test_a_later_commit_outside_counts_instead() -> None:
    pending = PendingOffsets()
    pending.add(1, KEY, value(5))
    pending.on_commit(KEY)
    assert pending.is_open("g", "t", 0)
    assert ended(pending, 1) == []


def test_an_earlier_commit_outside_does_not() -> None:
    pending = PendingOffsets()
    pending.on_commit(KEY)
    pending.add(1, KEY, value(5))
    assert ended(pending, 1) == [5]


def test_of_two_transactions_the_later_write_counts() -> None:
    """Even if the other one ends later."""
    pending = PendingOffsets()
    pending.add(1, KEY, value(1))
    pending.add(2, KEY, value(2))
    assert ended(pending, 2) == [2]
    assert pending.of_group("g") == [("t", 0)]
    assert ended(pending, 1) == []


def test_a_tombstone_takes_them_along() -> None:
    pending = PendingOffsets()
    pending.add(1, KEY, value(1))
    pending.on_tombstone(KEY)
    assert not pending.is_open("g", "t", 0)
    assert ended(pending, 1) == []


def test_nothing_is_kept_of_what_has_ended() -> None:
    """Else a broker would grow with every partition that transactions ever touched."""
    pending = PendingOffsets()
    for end in (
        lambda: pending.on_tombstone(KEY),
        lambda: ended(pending, 1),
        lambda: ended(pending, 1, commit=False),
    ):
        pending.add(1, KEY, value(1))
        pending.on_commit(KEY)
        end()
        assert not pending._open
        assert not pending._newest
    assert list(pending.places()) == []
