"""A coordinator's log in memory, which can be told to refuse."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from kbroker.coordinator.group.records import RECORD_TYPES
from wire.errors import ErrorCode, KafkaError
from wire.internal.stored import decode_key, decode_value, record_type_of
from wire.records import Record, RecordBatch, patch_offset_and_epoch
from wire.schema import Message


class MemoryLog:
    """The partitions of one internal topic, as lists of batches.

    With ``commits_late`` an append is committed by ``commit``, and partitions out of step: the last
    one first.
    """

    commits_late = False

    def __init__(self, partitions: int) -> None:
        self.partitions: list[list[RecordBatch]] = [[] for _ in range(partitions)]
        self.refusal: ErrorCode | None = None
        self.noted: set[int] = set()  # partitions that the answer being made rests on
        self._uncommitted: dict[int, list[Callable[[ErrorCode], None]]] = {}

    def partition_count(self) -> int:
        return len(self.partitions)

    def append(self, partition: int, batch: bytes) -> int:
        if self.refusal is not None:
            raise KafkaError(self.refusal)
        batches = self.partitions[partition]
        offset = batches[-1].next_offset if batches else 0
        stored = bytearray(batch)
        patch_offset_and_epoch(stored, offset, 0)
        view = RecordBatch(bytes(stored))
        view.verify_crc()
        batches.append(view)
        if self.commits_late:
            self._uncommitted.setdefault(partition, [])
        return offset

    def leader_epoch(self, partition: int) -> int:
        return 0

    def note_uncommitted(
        self, partition: int, timeout_ms: float, code_for: Callable[[ErrorCode], ErrorCode]
    ) -> None:
        if partition in self._uncommitted:
            self.noted.add(partition)

    def when_committed(
        self, partition: int, timeout_ms: float, done: Callable[[ErrorCode], None]
    ) -> None:
        if partition in self._uncommitted:
            self._uncommitted[partition].append(done)
        else:
            done(ErrorCode.NONE)

    def commit(self, code: ErrorCode = ErrorCode.NONE) -> None:
        """Commits what was appended, and what that brings; with a code it fails instead."""
        while self._uncommitted:
            _, waiters = self._uncommitted.popitem()
            for done in waiters:
                done(code)

    def read(self, partition: int) -> Iterator[RecordBatch]:
        return iter(list(self.partitions[partition]))

    def batches(self) -> list[RecordBatch]:
        return [batch for partition in self.partitions for batch in partition]

    def records(self) -> list[Record]:
        return [record for batch in self.batches() for record in batch]

    def typed(self) -> list[tuple[Message, Message | None]]:
        """What was written, as keys and values."""
        return [typed(record) for record in self.records()]


def typed(record: Record) -> tuple[Message, Message | None]:
    assert record.key is not None
    record_type = RECORD_TYPES[record_type_of(record.key)]
    value = None if record.value is None else decode_value(record_type.value, record.value)
    return decode_key(record_type.key, record.key), value
