"""How entries of an index reach its file."""

from __future__ import annotations

import pytest

from storage import MemoryFilesystem
from storage.clock_cache import ClockCache
from storage.filesystem import MemoryFile
from storage.offset_index import OffsetIndex
from storage.segment_name import SegmentName
from tests.faulty_filesystem import FaultyFilesystem


@pytest.fixture
def filesystem() -> MemoryFilesystem:
    filesystem = MemoryFilesystem()
    filesystem.make_folders("/d")
    return filesystem


class TestSaving:
    """Entries reach the file in bulk, and come back from it."""

    def test_is_put_off_and_appends(self, filesystem: MemoryFilesystem) -> None:
        index = OffsetIndex(filesystem, SegmentName("/d/x"), 0, ClockCache(1000))
        index.append(1, 10)
        assert not filesystem.exists("/d/x.index")
        index.save()
        index.append(2, 20)
        index.close()
        assert filesystem.size("/d/x.index") == 16
        index.append(3, 30)
        assert [index.entry(slot) for slot in range(3)] == [(1, 10), (2, 20), (3, 30)]

    def test_a_cut_reaches_the_file_at_once(self, filesystem: MemoryFilesystem) -> None:
        index = OffsetIndex(filesystem, SegmentName("/d/x"), 0, ClockCache(1000))
        for offset in (1, 2, 3):
            index.append(offset, offset * 10)
        index.save()
        index.truncate_to(2)
        assert filesystem.size("/d/x.index") == 8
        index.append(9, 90)
        index.close()
        assert index.last_offset() == 9

    def test_half_an_entry_is_overwritten(self, filesystem: MemoryFilesystem) -> None:
        filesystem.open("/d/x.index").write(0, (bytes((0, 0, 0, 1, 0, 0, 0, 9)), b"half"))
        index = OffsetIndex(filesystem, SegmentName("/d/x"), 0, ClockCache(1000))
        assert index.entry_count() == 1
        index.append(2, 20)
        index.save()
        assert filesystem.size("/d/x.index") == 16

    def test_a_cut_is_synced(
        self, filesystem: MemoryFilesystem, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """So is what is saved, each of them once."""
        synced: list[MemoryFile] = []

        def sync(file: MemoryFile) -> None:
            synced.append(file)

        monkeypatch.setattr(MemoryFile, "sync", sync)
        index = OffsetIndex(filesystem, SegmentName("/d/x"), 0, ClockCache(1000))
        index.append(1, 10)
        for change in (index.save, lambda: index.truncate_to(1)):
            synced.clear()
            change()
            for _ in range(2):
                index.sync()
            assert synced == [filesystem.files["/d/x.index"]]

    def test_what_a_full_disk_took_in_part_may_be_cut(self) -> None:
        filesystem = FaultyFilesystem()
        filesystem.make_folders("/d")
        index = OffsetIndex(filesystem, SegmentName("/d/x"), 0, ClockCache(1000))
        for offset in (1, 2, 3):
            index.append(offset, offset * 10)
        filesystem.room_bytes = 17
        with pytest.raises(OSError, match="full"):
            index.save()
        filesystem.room_bytes = None
        index.truncate_to(2)
        index.save()
        assert filesystem.size("/d/x.index") == 8

    def test_what_is_in_memory_is_counted(self, filesystem: MemoryFilesystem) -> None:
        """Else the cache would hold more and more, or less and less."""
        cache = ClockCache(1000)
        index = OffsetIndex(filesystem, SegmentName("/d/x"), 0, cache)
        for offset in (1, 2, 3):
            index.append(offset, offset * 10)
        index.truncate_to(3)
        other = OffsetIndex(filesystem, SegmentName("/d/y"), 0, cache)
        other.append(1, 10)
        alone = cache.used
        index.close()
        assert (alone, cache.used, len(cache)) == (2 * (200 + 8) + 8, 200 + 8, 1)

    def test_clear(self, filesystem: MemoryFilesystem) -> None:
        index = OffsetIndex(filesystem, SegmentName("/d/x"), 0, ClockCache(1000))
        index.append(1, 10)
        index.save()
        index.clear()
        assert (index.entry_count(), filesystem.size("/d/x.index")) == (0, 0)
