"""Finding offsets by timestamp."""

from __future__ import annotations

import pytest

from storage import MemoryFilesystem
from storage.clock_cache import ClockCache
from storage.segment_name import SegmentName
from storage.time_index import TimeIndex


@pytest.fixture
def filesystem() -> MemoryFilesystem:
    filesystem = MemoryFilesystem()
    filesystem.make_folders("/d")
    return filesystem


class TestTimeIndex:
    @pytest.fixture
    def index(self, filesystem: MemoryFilesystem) -> TimeIndex:
        index = TimeIndex(filesystem, SegmentName("/d/x"), 100, ClockCache(1000))
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
