"""The offset, time and transaction index of a segment, and what the first two share."""

from __future__ import annotations

import pytest

from storage import AbortedTxn, MemoryFilesystem
from storage.offset_index import OffsetIndex
from storage.time_index import TimeIndex
from storage.transaction_index import TransactionIndex


@pytest.fixture
def filesystem() -> MemoryFilesystem:
    filesystem = MemoryFilesystem()
    filesystem.make_folders("/d")
    return filesystem


class TestOffsetIndex:
    @pytest.fixture
    def index(self, filesystem: MemoryFilesystem) -> OffsetIndex:
        index = OffsetIndex(filesystem, "/d/x.index", 100)
        for offset, position in ((110, 500), (120, 900), (130, 1700)):
            index.append(offset, position)
        return index

    def test_finds_the_last_entry_up_to_an_offset(self, index: OffsetIndex) -> None:
        offsets = (99, 109, 110, 119, 120, 129, 130, 9999)
        found = [index.lookup(offset) for offset in offsets]
        assert found == [0, 0, 500, 500, 900, 900, 1700, 1700]

    def test_is_kafkas_format(self, index: OffsetIndex, filesystem: MemoryFilesystem) -> None:
        index.save()
        assert filesystem.read("/d/x.index")[:8] == bytes((0, 0, 0, 10, 0, 0, 1, 0xF4))

    def test_cut(self, index: OffsetIndex) -> None:
        index.truncate_to(121)
        assert index.entry_count() == 2
        index.truncate_to(120)
        assert (index.last_offset(), index.last_position()) == (110, 500)
        index.truncate_to(0)
        assert (index.last_offset(), index.last_position()) == (99, 0)

    def test_soundness(self, index: OffsetIndex) -> None:
        assert index.is_sound(1701)
        assert not index.is_sound(1700)
        index.append(130, 1800)
        assert not index.is_sound(9999)
        index.truncate_to(130)
        index.append(140, 900)
        assert not index.is_sound(9999)


class TestTimeIndex:
    @pytest.fixture
    def index(self, filesystem: MemoryFilesystem) -> TimeIndex:
        index = TimeIndex(filesystem, "/d/x.timeindex", 100)
        for timestamp, offset in ((1000, 110), (1000, 120), (900, 125), (2000, 130)):
            index.maybe_append(timestamp, offset)
        return index

    def test_keeps_only_what_is_later(self, index: TimeIndex) -> None:
        assert [index.entry(slot) for slot in range(index.entry_count())] == [
            (1000, 110),
            (2000, 130),
        ]
        assert index.last_entry() == (2000, 130)

    def test_finds_where_to_start(self, index: TimeIndex) -> None:
        found = [index.lookup(timestamp) for timestamp in (0, 999, 1000, 1999, 2000, 2001)]
        assert found == [100, 100, 110, 110, 130, 130]

    def test_is_kafkas_format(self, index: TimeIndex, filesystem: MemoryFilesystem) -> None:
        index.save()
        assert filesystem.read("/d/x.timeindex")[:12] == (1000).to_bytes(8) + (10).to_bytes(4)

    def test_cut(self, index: TimeIndex) -> None:
        index.truncate_to(130)
        assert index.last_entry() == (1000, 110)
        index.truncate_to(110)
        assert index.last_entry() == (-1, 100)

    def test_soundness(self, index: TimeIndex) -> None:
        assert index.is_sound()
        index.entries().extend((2000).to_bytes(8) + (40).to_bytes(4))
        assert not index.is_sound()


class TestSaving:
    """Entries reach the file in bulk, and come back from it."""

    def test_is_put_off_and_appends(self, filesystem: MemoryFilesystem) -> None:
        index = OffsetIndex(filesystem, "/d/x.index", 0)
        index.append(1, 10)
        assert not filesystem.exists("/d/x.index")
        index.save()
        index.append(2, 20)
        index.unload()
        assert filesystem.size("/d/x.index") == 16
        index.append(3, 30)
        assert [index.entry(slot) for slot in range(3)] == [(1, 10), (2, 20), (3, 30)]

    def test_a_cut_reaches_the_file_at_once(self, filesystem: MemoryFilesystem) -> None:
        index = OffsetIndex(filesystem, "/d/x.index", 0)
        for offset in (1, 2, 3):
            index.append(offset, offset * 10)
        index.save()
        index.truncate_to(2)
        assert filesystem.size("/d/x.index") == 8
        index.append(9, 90)
        index.unload()
        assert index.last_offset() == 9

    def test_half_an_entry_is_overwritten(self, filesystem: MemoryFilesystem) -> None:
        filesystem.open("/d/x.index").write(0, (bytes((0, 0, 0, 1, 0, 0, 0, 9)), b"half"))
        index = OffsetIndex(filesystem, "/d/x.index", 0)
        assert index.entry_count() == 1
        index.append(2, 20)
        index.save()
        assert filesystem.size("/d/x.index") == 16

    def test_clear(self, filesystem: MemoryFilesystem) -> None:
        index = OffsetIndex(filesystem, "/d/x.index", 0)
        index.append(1, 10)
        index.save()
        index.clear()
        assert (index.entry_count(), filesystem.size("/d/x.index")) == (0, 0)


class TestTransactionIndex:
    @pytest.fixture
    def index(self, filesystem: MemoryFilesystem) -> TransactionIndex:
        index = TransactionIndex(filesystem, "/d/x.txnindex")
        for last_offset in (10, 20, 30):
            index.append(AbortedTxn(7, last_offset - 5, last_offset, last_offset + 1))
        return index

    def test_entries_come_back(self, index: TransactionIndex) -> None:
        assert [
            (txn.producer_id, txn.first_offset, txn.last_offset, txn.last_stable_offset)
            for txn in index
        ] == [(7, 5, 10, 11), (7, 15, 20, 21), (7, 25, 30, 31)]

    def test_without_a_file(self, filesystem: MemoryFilesystem) -> None:
        index = TransactionIndex(filesystem, "/d/none.txnindex")
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
