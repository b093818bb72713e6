"""Damage to a killed broker's data, each of which the crash loop has to find.

Each function changes the files of one partition and returns what it did, or None where there was
not enough to damage. The checksums stay right, so that recovery takes the damage for truth.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from wire.records.batch import LOG_OVERHEAD, RecordBatch, batch_size

_EPOCH_AND_ON = slice(8, None)  # of a batch: everything after its base offset


def last_segment(folder: Path) -> Path:
    return max(folder.glob("*.log"))


def batches_of(segment: Path) -> list[RecordBatch]:
    """The whole batches of a segment, in order."""
    data = segment.read_bytes()
    found = []
    position = 0
    while (size := batch_size(data, position)) is not None:
        found.append(RecordBatch(data[position : position + size]))
        position += size
    return found


def lost_tail(folder: Path, last_acknowledged: int) -> str | None:
    """Cuts the batch of the last acknowledged record off, and what follows it."""
    segment = last_segment(folder)
    batches = batches_of(segment)
    kept = [batch for batch in batches if batch.last_offset < last_acknowledged]
    if len(kept) == len(batches):
        return None
    _write(segment, kept)
    return f"cut {len(batches) - len(kept)} batches off {segment}"


def duplicate(folder: Path, _last_acknowledged: int) -> str | None:
    """Appends the last idempotent batch once more."""
    segment = last_segment(folder)
    batches = batches_of(segment)
    again = next((batch for batch in reversed(batches) if batch.has_producer_id), None)
    if again is None:
        return None
    _write(segment, [*batches, _moved(again, batches[-1].next_offset)])
    return f"appended a copy of the batch at {again.base_offset} to {segment}"


def reordered(folder: Path, _last_acknowledged: int) -> str | None:
    """Exchanges the last two neighbours that one idempotent producer wrote."""
    segment = last_segment(folder)
    batches = batches_of(segment)
    for second in reversed(range(1, len(batches))):
        one, two = batches[second - 1], batches[second]
        if one.has_producer_id and one.producer_id == two.producer_id:
            exchanged = _moved(two, one.base_offset)
            batches[second - 1 : second + 1] = [exchanged, _moved(one, exchanged.next_offset)]
            _write(segment, batches)
            return f"exchanged the batches at {one.base_offset} and {two.base_offset} of {segment}"
    return None


def skipped_offset(folder: Path, _last_acknowledged: int) -> str | None:
    """Gives the last batch offsets that are one too high."""
    segment = last_segment(folder)
    batches = batches_of(segment)
    if not batches:
        return None
    batches[-1] = _moved(batches[-1], batches[-1].base_offset + 1)
    _write(segment, batches)
    return f"moved the last batch of {segment} to offset {batches[-1].base_offset}"


def commits_back(folder: Path, _last_acknowledged: int) -> str | None:
    """Cuts the later half off the group's partition of __consumer_offsets."""
    segment = last_segment(folder)
    batches = batches_of(segment)
    if len(batches) < 4:
        return None
    _write(segment, batches[: len(batches) // 2])
    return f"cut {len(batches) - len(batches) // 2} batches off {segment}"


Plant = Callable[[Path, int], "str | None"]
PLANTS: dict[str, Plant] = {
    "lost-tail": lost_tail,
    "duplicate": duplicate,
    "reordered": reordered,
    "skipped-offset": skipped_offset,
    "commits-back": commits_back,
}


def _moved(batch: RecordBatch, base_offset: int) -> RecordBatch:
    """The batch at another offset, which lies outside the checksum."""
    size = batch.batch_length + LOG_OVERHEAD
    return RecordBatch(base_offset.to_bytes(8, "big") + bytes(batch.buffer[:size])[_EPOCH_AND_ON])


def _write(segment: Path, batches: list[RecordBatch]) -> None:
    segment.write_bytes(b"".join(bytes(batch.buffer) for batch in batches))
