"""Which segments stay open."""

from __future__ import annotations

from storage.open_segments import OpenSegments


class Segment:
    def __init__(self) -> None:
        self.recently_used = False
        self.is_open = True

    def release(self) -> None:
        self.is_open = False


def test_the_oldest_unused_one_goes() -> None:
    opened = OpenSegments(2)
    first, second, third, fourth = (Segment() for _ in range(4))
    opened.add(first)
    opened.add(second)
    first.recently_used = True
    opened.add(third)
    assert (first.is_open, second.is_open) == (True, False)
    opened.add(fourth)
    assert (first.is_open, third.is_open) == (True, False) or (
        first.is_open,
        third.is_open,
    ) == (False, True)
    assert len(opened) == 2


def test_when_all_are_in_use_one_goes_all_the_same() -> None:
    opened = OpenSegments(2)
    segments = [Segment() for _ in range(3)]
    for segment in segments:
        segment.recently_used = True
        opened.add(segment)
    assert [segment.is_open for segment in segments] == [False, True, True]


def test_one_that_closes_by_itself_makes_room() -> None:
    opened = OpenSegments(1)
    first, second = Segment(), Segment()
    opened.add(first)
    opened.discard(first)
    opened.discard(first)
    opened.add(second)
    assert first.is_open
    assert len(opened) == 1
