"""Finding positions by offset."""

from __future__ import annotations

import pytest

from storage import MemoryFilesystem
from storage.clock_cache import ClockCache
from storage.offset_index import OffsetIndex
from storage.segment_name import SegmentName


@pytest.fixture
def filesystem() -> MemoryFilesystem:
    filesystem = MemoryFilesystem()
    filesystem.make_folders("/d")
    return filesystem


class TestOffsetIndex:
    @pytest.fixture
    def index(self, filesystem: MemoryFilesystem) -> OffsetIndex:
        index = OffsetIndex(filesystem, SegmentName("/d/x"), 100, ClockCache(1000))
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
        assert index.offset_behind(0) is None

    @pytest.mark.parametrize(
        ("position", "offset"),
        [(0, 110), (499, 110), (500, 120), (501, 120), (900, 120), (901, 130), (1700, 130),
         (1701, None)],
    )  # fmt: skip
    def test_finds_what_lies_behind_a_position(
        self, index: OffsetIndex, position: int, offset: int | None
    ) -> None:
        """Kafka's search finds an entry at the position, too, but does not look at the first."""
        assert index.offset_behind(position) == offset

    def test_soundness(self, index: OffsetIndex) -> None:
        assert index.is_sound(1701)
        assert not index.is_sound(1700)
        index.append(130, 1800)
        assert not index.is_sound(9999)
        index.truncate_to(130)
        index.append(140, 900)
        assert not index.is_sound(9999)
        index.truncate_to(0)
        index.append(110, 0)
        assert not index.is_sound(9999)
