"""Compaction of message sets as Kafka stored them before format v2."""

from __future__ import annotations

import pytest

from storage import MemoryFilesystem
from storage.cleaner import clean
from storage.cleaning_job import CleaningJob, Source
from tests.storage.compaction import MANY
from tests.storage.conftest import NOW
from tests.storage.test_cleaner import DAY_MS, config
from wire.records import Record, RecordBatch, batches
from wire.records.legacy import build_message_set


def old_job(sets: dict[int, bytes], modified_ms: list[int], dirty: int) -> CleaningJob:
    """Of segments with these message sets, the last of them as old as ``modified_ms`` says."""
    sources = [
        Source(base, len(data), 0, 0, modified)
        for (base, data), modified in zip(sets.items(), modified_ms, strict=True)
    ]
    end = max(sets) + 10
    return CleaningJob("/data", sources, dirty, end, [], {}, config(), NOW, MANY)


def cleaned_records(sets: dict[int, bytes], job: CleaningJob) -> list[RecordBatch]:
    filesystem = MemoryFilesystem()
    filesystem.make_folders("/data")
    for base, data in sets.items():
        filesystem.open(f"/data/{base:020d}.log").write(0, (data,))
    done = clean(job, filesystem)
    return [
        one
        for group in done.groups
        for one in batches(filesystem.read(f"/data/{group.base_offsets[0]:020d}.log.cleaned"))
        if isinstance(one, RecordBatch)
    ]


@pytest.mark.parametrize("magic", [0, 1])
@pytest.mark.parametrize("compression", [0, 1])
def test_message_sets_of_old_formats_become_batches(magic: int, compression: int) -> None:
    written = [
        Record(3, NOW, b"a", b"1"), Record(4, NOW + 1, b"b", b"1"), Record(5, NOW + 2, b"a", b"2"),
    ]  # fmt: skip
    sets = {3: build_message_set(written, magic=magic, compression=compression)}

    found = cleaned_records(sets, old_job(sets, [0], 3))

    times = [one.timestamp if magic else -1 for one in written[1:]]
    assert [(one.offset, one.timestamp, one.key) for all_of in found for one in all_of] == [
        (4, times[0], b"b"), (5, times[1], b"a"),
    ]  # fmt: skip
    assert all(one.magic == 2 and one.is_valid() for one in found)


@pytest.mark.parametrize(("age_ms", "stays"), [(0, True), (DAY_MS - 1, True), (DAY_MS, False)])
def test_old_tombstones_go_by_the_age_of_their_segment(age_ms: int, stays: bool) -> None:
    """Counted from the last clean segment, since they have no horizon of their own."""
    sets = {
        0: build_message_set([Record(0, NOW, b"a", None)], magic=1),
        10: build_message_set([Record(10, NOW, b"b", b"1")], magic=1),
        20: build_message_set([Record(20, NOW, b"c", b"1")], magic=1),
    }
    found = cleaned_records(sets, old_job(sets, [NOW - age_ms, NOW, NOW], 20))

    assert (b"a" in {one.key for all_of in found for one in all_of}) == stays
