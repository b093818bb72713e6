"""The ordered set of segments, and single segments."""

from __future__ import annotations

import pytest

from storage import MemoryFilesystem
from storage.clock_cache import SegmentCaches
from storage.segment import LogSegment
from storage.segments import LogSegments
from tests.log_configs import log_config
from tests.storage.conftest import NOW


@pytest.fixture
def segments() -> LogSegments:
    segments = LogSegments()
    for base_offset in (10, 20, 30):
        segments.add(
            LogSegment("/d", base_offset, MemoryFilesystem(), SegmentCaches(1), log_config(), NOW)
        )
    return segments


def base(segment: LogSegment | None) -> int | None:
    return None if segment is None else segment.base_offset


def test_by_offset(segments: LogSegments) -> None:
    assert [base(segments.floor(offset)) for offset in (9, 10, 19, 20, 99)] == [
        None,
        10,
        10,
        20,
        30,
    ]
    assert [base(segments.higher(offset)) for offset in (9, 10, 29, 30)] == [10, 20, 30, None]
    assert [len(segments.since(offset)) for offset in (0, 10, 19, 20, 99)] == [3, 3, 3, 2, 1]
    assert (base(segments.first), base(segments.active)) == (10, 30)


def test_taking_out(segments: LogSegments) -> None:
    assert [base(segment) for segment in segments.pop_from(21)] == [30]
    assert [base(segment) for segment in segments.pop_first(1)] == [10]
    assert [base(segment) for segment in segments] == [20]
    assert [base(segment) for segment in segments.pop_from(20)] == [20]
    assert segments.first is segments.active is None
    assert segments.since(5) == []
