"""A kbroker with a defect, which the checker of histories has to find.

    python -m tools.history_plants DEFECT serve ...

The broker's own code is as it is; a method of it is replaced in this process. A defect shows itself
now and then only, as real ones do.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from kbroker.cli import run
from kbroker.coordinator.group.offsets import CommittedOffsets
from storage.log import Log
from wire.records import BatchBuilder, RecordBatch
from wire.records.batch import Record
from wire.records.control import ControlRecordType, EndTransactionMarker

EVERY = 25  # how often a defect shows itself, of the times that it could

Write = Callable[[Log, RecordBatch, int], None]


def occasions() -> Iterator[bool]:
    """True at each time that the defect is to show itself."""
    number = 0
    while True:
        number += 1
        yield number % EVERY == 0


def _of_clients(log: Log, batch: RecordBatch, *, marker: bool) -> bool:
    ours = not log.name.startswith("__") and batch.is_transactional
    return ours and batch.is_control == marker


def lose(write: Write) -> Write:
    """A committed transaction is aborted in one of its partitions."""
    return _other_end(write, ControlRecordType.COMMIT, ControlRecordType.ABORT)


def leak(write: Write) -> Write:
    """An aborted transaction is committed in one of its partitions."""
    return _other_end(write, ControlRecordType.ABORT, ControlRecordType.COMMIT)


def _other_end(write: Write, right: ControlRecordType, wrong: ControlRecordType) -> Write:
    occasion = occasions()

    def planted(log: Log, batch: RecordBatch, now_ms: int) -> None:
        if _of_clients(log, batch, marker=True):
            marker = EndTransactionMarker.from_batch(batch)
            if marker.control_type is right and next(occasion):
                other = EndTransactionMarker(wrong, marker.coordinator_epoch)
                built = other.batch(batch.producer_id, batch.producer_epoch, batch.max_timestamp)
                batch = _in_place_of(batch, built)
        write(log, batch, now_ms)

    return planted


def duplicate(write: Write) -> Write:
    """A batch is written twice."""
    occasion = occasions()

    def planted(log: Log, batch: RecordBatch, now_ms: int) -> None:
        write(log, batch, now_ms)
        if _of_clients(log, batch, marker=False) and next(occasion):
            batch.base_offset = log.log_end_offset
            write(log, batch, now_ms)

    return planted


def reorder(write: Write) -> Write:
    """The records of a batch are turned round."""
    occasion = occasions()

    def planted(log: Log, batch: RecordBatch, now_ms: int) -> None:
        several = _of_clients(log, batch, marker=False) and batch.record_count > 1
        if several and next(occasion):
            batch = _in_place_of(batch, _built(batch, reversed(list(batch.records()))))
        write(log, batch, now_ms)

    return planted


def _built(batch: RecordBatch, records: Iterable[Record]) -> bytes:
    builder = BatchBuilder(
        producer_id=batch.producer_id,
        producer_epoch=batch.producer_epoch,
        base_sequence=batch.base_sequence,
        is_transactional=True,
    )
    for record in records:
        builder.append(record.timestamp, record.key, record.value)
    return builder.build()


def _in_place_of(batch: RecordBatch, built: bytes) -> RecordBatch:
    other = RecordBatch(built)
    other.base_offset = batch.base_offset
    other.partition_leader_epoch = batch.partition_leader_epoch
    return other


def rewind() -> None:
    """A group's offset is kept as one that is smaller."""
    occasion, put = occasions(), CommittedOffsets._put

    def planted(self: CommittedOffsets, key: Any, value: Any) -> None:
        if value is not None and next(occasion):
            value.offset = value.offset // 2
        put(self, key, value)

    CommittedOffsets._put = planted  # type: ignore[method-assign]


WRITES: dict[str, Callable[[Write], Write]] = {
    "lose": lose,
    "duplicate": duplicate,
    "reorder": reorder,
    "leak": leak,
}
# What the checker has to find, perhaps among other things.
NAMES = {
    "lose": "lost write",
    "duplicate": "duplicate",
    "reorder": "reordered",
    "leak": "aborted read",
    "rewind": "rewound offset",
}


def plant(defect: str) -> None:
    if defect == "rewind":
        rewind()
    else:
        Log._write = WRITES[defect](Log._write)  # type: ignore[assignment, method-assign]


def main() -> int:
    plant(sys.argv[1])
    return run(sys.argv[2:])


if __name__ == "__main__":
    sys.exit(main())
