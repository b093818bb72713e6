"""The aborted transactions of a segment."""

from __future__ import annotations

import pytest

from storage import AbortedTxn, MemoryFilesystem
from storage.segment_name import SegmentName
from storage.transaction_index import TransactionIndex
from tests.faulty_filesystem import FaultyFilesystem


@pytest.fixture
def filesystem() -> MemoryFilesystem:
    filesystem = MemoryFilesystem()
    filesystem.make_folders("/d")
    return filesystem


class TestTransactionIndex:
    @pytest.fixture
    def index(self, filesystem: MemoryFilesystem) -> TransactionIndex:
        index = TransactionIndex(filesystem, SegmentName("/d/x"))
        for last_offset in (10, 20, 30):
            index.append(AbortedTxn(7, last_offset - 5, last_offset, last_offset + 1))
        return index

    def test_entries_come_back(self, index: TransactionIndex) -> None:
        assert [
            (txn.producer_id, txn.first_offset, txn.last_offset, txn.last_stable_offset)
            for txn in index
        ] == [(7, 5, 10, 11), (7, 15, 20, 21), (7, 25, 30, 31)]

    def test_without_a_file(self, filesystem: MemoryFilesystem) -> None:
        index = TransactionIndex(filesystem, SegmentName("/d/none"))
        assert list(index) == []
        index.truncate_to(0)
        assert not filesystem.exists("/d/none.txnindex")

    def test_cut(self, index: TransactionIndex, filesystem: MemoryFilesystem) -> None:
        index.truncate_to(20)
        assert [txn.last_offset for txn in index] == [10]
        assert filesystem.size("/d/x.txnindex") == 34

    def test_half_an_entry_is_overwritten(
        self, index: TransactionIndex, filesystem: MemoryFilesystem
    ) -> None:
        filesystem.open("/d/x.txnindex").truncate(2 * 34 + 9)
        assert [txn.last_offset for txn in index] == [10, 20]
        index.append(AbortedTxn(7, 31, 32, 33))
        assert [txn.last_offset for txn in index] == [10, 20, 32]

    @pytest.mark.parametrize("damaged", [(22, 22), (25, 20), (15, 20), (11, 19), (35, 99)])
    def test_what_follows_a_damaged_entry_is_cut(
        self, filesystem: MemoryFilesystem, damaged: tuple[int, int]
    ) -> None:
        """Offsets of an entry that are not in order, of entries that are not, or beyond the cut."""
        index = TransactionIndex(filesystem, SegmentName("/d/other"))
        for first, last in ((0, 1), (15, 20), damaged, (40, 50)):
            index.append(AbortedTxn(7, first, last, last + 1))
        index.truncate_to(60)
        assert [txn.last_offset for txn in index] == [1, 20]


def test_what_a_full_disk_refused_is_kept_and_written_later() -> None:
    """The marker is in the log already: readers must hear of the abort."""
    filesystem = FaultyFilesystem()
    filesystem.make_folders("/log")
    index = TransactionIndex(filesystem, SegmentName("/log/0"))
    filesystem.arm(1, is_full=True)
    index.append(AbortedTxn(7, 1, 4, 5))
    index_of_others = TransactionIndex(filesystem, SegmentName("/log/0"))

    assert [txn.producer_id for txn in index] == [7]
    assert list(index_of_others) == []
    index.save()
    assert [txn.producer_id for txn in index] == [7]
    assert [txn.producer_id for txn in index_of_others] == [7]


def test_what_a_full_disk_took_in_part_is_listed_once() -> None:
    filesystem = FaultyFilesystem()
    filesystem.make_folders("/log")
    index = TransactionIndex(filesystem, SegmentName("/log/0"))
    filesystem.room_bytes = 0
    for offset in (4, 8):
        index.append(AbortedTxn(7, offset - 2, offset, offset + 1))
    filesystem.room_bytes = 40
    index.append(AbortedTxn(7, 10, 12, 13))
    assert [txn.last_offset for txn in index] == [4, 8, 12]
    filesystem.room_bytes = None
    index.save()
    assert [txn.last_offset for txn in index] == [4, 8, 12]


def test_what_a_full_disk_refused_may_be_cut() -> None:
    filesystem = FaultyFilesystem()
    filesystem.make_folders("/log")
    index = TransactionIndex(filesystem, SegmentName("/log/0"))
    filesystem.arm(1, is_full=True)
    index.append(AbortedTxn(7, 1, 4, 5))
    index.truncate_to(9)
    assert [txn.last_offset for txn in index] == [4]
    assert filesystem.size("/log/0.txnindex") == 34
