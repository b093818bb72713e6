"""What must hold of a run in which the broker was killed again and again: a pure function.

A ``History`` holds what clients were told, in the order in which they were told it, and what the
logs hold in the end. ``check`` says in words what contradicts what.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple


class Partition(NamedTuple):
    topic: str
    number: int

    def __str__(self) -> str:
        return f"{self.topic}-{self.number}"


class RecordId(NamedTuple):
    """Which record it is: a producer numbers its records from 0 in each partition."""

    producer: str
    number: int

    def __str__(self) -> str:
        return f"{self.producer}#{self.number}"


class Acknowledged(NamedTuple):
    """A producer was told that its record is stored; ``offset`` None where it was not told."""

    partition: Partition
    record: RecordId
    offset: int | None


class Read(NamedTuple):
    """A member of the group got a record."""

    partition: Partition
    record: RecordId
    offset: int


class Committed(NamedTuple):
    """A member of the group was told that its commit is stored."""

    partition: Partition
    offset: int


class Asked(NamedTuple):
    """The next ``CommitSeen`` and ``WatermarkSeen`` answer a question that was asked now: what
    clients are told between the question and its answer may be missing from the answer."""


class CommitSeen(NamedTuple):
    """What the broker says the group has committed; -1 for nothing."""

    partition: Partition
    offset: int


class WatermarkSeen(NamedTuple):
    """What the broker says is the end of what can be read."""

    partition: Partition
    offset: int


class Failed(NamedTuple):
    """A producer that retries for ever was told that its record cannot be stored."""

    partition: Partition
    record: RecordId
    reason: str


Event = Acknowledged | Read | Committed | Asked | CommitSeen | WatermarkSeen | Failed


@dataclass
class FinalLog:
    """A partition at the end: (offset, record) in the order of the log, and its high watermark."""

    records: list[tuple[int, RecordId]]
    watermark: int


@dataclass
class History:
    """``idempotent`` names the producers whose records may come only once and in order; ``sent``
    counts the records that each producer handed to its client, for each partition."""

    idempotent: frozenset[str]
    events: list[Event] = field(default_factory=list)
    logs: Mapping[Partition, FinalLog] = field(default_factory=dict)
    sent: Mapping[tuple[str, Partition], int] = field(default_factory=dict)


def check(history: History) -> list[str]:
    """Every broken promise; nothing when the broker kept them all."""
    return [
        *_failed(history),
        *_lost(history),
        *_never_sent(history),
        *_duplicated_or_reordered(history),
        *_two_values(history),
        *_skipped_offsets(history),
        *_wrong_watermarks(history),
        *_commits_gone_back(history),
        *_skipped_by_group(history),
    ]


def _failed(history: History) -> Iterator[str]:
    for event in history.events:
        if isinstance(event, Failed):
            yield f"{event.partition}: {event.record} was given up: {event.reason}"


def _lost(history: History) -> Iterator[str]:
    stored = {
        partition: {record for _, record in log.records} for partition, log in history.logs.items()
    }
    for event in history.events:
        if isinstance(event, Acknowledged) and event.record not in stored.get(event.partition, ()):
            where = "" if event.offset is None else f" at offset {event.offset}"
            yield f"{event.partition}: {event.record} was acknowledged{where} and is lost"


def _never_sent(history: History) -> Iterator[str]:
    for partition, log in history.logs.items():
        for offset, record in log.records:
            if record.number >= history.sent.get((record.producer, partition), 0):
                yield f"{partition}: {record} at offset {offset} was never sent"


def _duplicated_or_reordered(history: History) -> Iterator[str]:
    for partition, log in history.logs.items():
        latest: dict[str, int] = {}
        seen: set[RecordId] = set()
        for offset, record in log.records:
            if record.producer not in history.idempotent:
                continue
            before = latest.get(record.producer, -1)
            if record in seen:
                yield f"{partition}: {record} is duplicated at offset {offset}"
            elif record.number < before:
                yield f"{partition}: {record} at offset {offset} comes after #{before}"
            seen.add(record)
            latest[record.producer] = max(before, record.number)


def _two_values(history: History) -> Iterator[str]:
    known: dict[tuple[Partition, int], RecordId] = {}

    def contradiction(partition: Partition, offset: int, record: RecordId) -> Iterator[str]:
        first = known.setdefault((partition, offset), record)
        if first != record:
            yield f"{partition}: offset {offset} was {first} and then {record}"

    for event in history.events:
        if isinstance(event, Acknowledged | Read) and event.offset is not None:
            yield from contradiction(event.partition, event.offset, event.record)
    for partition, log in history.logs.items():
        for offset, record in log.records:
            yield from contradiction(partition, offset, record)


def _skipped_offsets(history: History) -> Iterator[str]:
    for partition, log in history.logs.items():
        expected = 0
        for offset, _ in log.records:
            if offset != expected:
                yield f"{partition}: offset {offset} stands where {expected} should"
            expected = offset + 1


def _wrong_watermarks(history: History) -> Iterator[str]:
    """A watermark covers what was acknowledged, read or below a watermark before."""
    floor: dict[Partition, int] = defaultdict(int)
    asked: Mapping[Partition, int] = {}
    for event in history.events:
        if isinstance(event, Acknowledged | Read) and event.offset is not None:
            floor[event.partition] = max(floor[event.partition], event.offset + 1)
        elif isinstance(event, Asked):
            asked = dict(floor)
        elif isinstance(event, WatermarkSeen):
            least = asked.get(event.partition, 0)
            if event.offset < least:
                yield f"{event.partition}: the watermark was {event.offset}, below {least}"
            floor[event.partition] = max(floor[event.partition], event.offset)
    for partition, log in history.logs.items():
        end = log.records[-1][0] + 1 if log.records else 0
        if log.watermark != end or end < floor[partition]:
            yield f"{partition}: the watermark is {log.watermark}, the log ends at {end}, and "\
                f"clients saw {floor[partition]}"  # fmt: skip


def _commits_gone_back(history: History) -> Iterator[str]:
    floor: dict[Partition, int] = {}
    asked: Mapping[Partition, int] = {}
    for event in history.events:
        if isinstance(event, Asked):
            asked = dict(floor)
        elif isinstance(event, Committed | CommitSeen):
            least = (asked if isinstance(event, CommitSeen) else floor).get(event.partition, -1)
            if event.offset < least:
                yield f"{event.partition}: the group's offset went back from {least} to " \
                    f"{event.offset}"  # fmt: skip
            floor[event.partition] = max(floor.get(event.partition, -1), event.offset)


def _skipped_by_group(history: History) -> Iterator[str]:
    """Everything below a committed offset has been handed to some member of the group."""
    read: dict[Partition, set[int]] = defaultdict(set)
    committed: dict[Partition, int] = {}
    for event in history.events:
        if isinstance(event, Read):
            read[event.partition].add(event.offset)
        elif isinstance(event, Committed):
            committed[event.partition] = max(committed.get(event.partition, 0), event.offset)
    for partition, end in committed.items():
        missing = set(range(end)) - read[partition]
        if missing:
            yield f"{partition}: the group committed {end} and never got {len(missing)} records, " \
                f"the first at offset {min(missing)}"  # fmt: skip
