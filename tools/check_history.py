"""Finds in a history what Kafka never allows, each under the name it has in Jepsen's lists.

    python -m tools.check_history FILE...      a history, in as many files as there were clients

``check`` is a pure function. Transactions that write between each other's records (G0) are no
anomaly: Kafka lets them.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from tools.history import Event, Record, read_histories

SHOWN = 10  # of each name


class Anomaly(NamedTuple):
    name: str
    what: str


class Write(NamedTuple):
    """What is known of a value that was handed to a producer."""

    client: str
    transaction: str
    number: int  # in the order of the history
    topic: str
    began_at: int


class Facts:
    """A history as the checks look at it."""

    def __init__(self, events: Sequence[Event]) -> None:
        self.events = events
        self.writes: dict[str, Write] = {}
        self.values: dict[str, list[str]] = defaultdict(list)  # by transaction
        self.commit_began: dict[str, int] = {}
        self.committed: set[str] = set()
        self.aborted: set[str] = set()
        self.read: list[tuple[Event, Record]] = []
        self.final: dict[str, tuple[Record, ...]] = {}
        self.ended_at: dict[str, int] = {}  # by transaction
        self.recreated: dict[str, tuple[int, int]] = {}  # when it last began, and was done
        for event in events:
            self._add(event)
        self.final_values = {record.value for records in self.final.values() for record in records}

    def _add(self, event: Event) -> None:
        transaction = event.transaction
        if event.kind in ("commit", "abort") and event.phase == "ok":
            self.ended_at[transaction] = event.at
        match event.kind, event.phase:
            case "send", "begin":
                for record in event.records:
                    number = len(self.writes)
                    topic, _, _ = record.partition.rpartition("-")
                    write = Write(event.client, transaction, number, topic, event.at)
                    self.writes[record.value] = write
                    self.values[transaction].append(record.value)
            case "commit", "begin":
                self.commit_began.setdefault(transaction, event.at)
            case "commit", "ok":
                self.committed.add(transaction)
            case ("commit", "fail") | ("abort", "ok"):
                self.aborted.add(transaction)
            case "recreate", "begin":
                self.recreated[event.topic] = (event.at, event.at)
            case "recreate", "ok":
                began_at, _ = self.recreated[event.topic]
                self.recreated[event.topic] = (began_at, event.at)
            case (("poll" | "final"), "ok"):
                self.read += [(event, record) for record in event.records]
                if event.kind == "final":
                    self.final |= dict.fromkeys(event.offsets, event.records)

    def may_be_deleted(self, value: str) -> bool:
        """Whether it may have been written to a topic before that was created again."""
        write = self.writes.get(value)
        return write is not None and write.began_at < self.recreated.get(write.topic, (0, 0))[1]

    def never_committed(self, transaction: str) -> bool:
        """One whose end is unknown may have been committed, but only if somebody asked for it."""
        return transaction not in self.committed and (
            transaction in self.aborted or transaction not in self.commit_began
        )


def check(events: Sequence[Event]) -> list[Anomaly]:
    """Every anomaly; nothing when there is none. ``events`` are in the order of time."""
    facts = Facts(events)
    return [
        *_inconsistent_offsets(facts),
        *_duplicates(facts),
        *_lost_writes(facts),
        *_deleted_records(facts),
        *_reads_of_uncommitted(facts),
        *_torn_transactions(facts),
        *_circular_flows(facts),
        *_reordered_writes(facts),
        *_reordered_and_skipped_reads(facts),
        *_rewound_offsets(facts),
        *_processed_twice(facts),
    ]


def _placed(facts: Facts) -> Iterator[Record]:
    """Every record of which a client was told where it is, and that is there for good."""
    for event in facts.events:
        if event.phase == "ok" and event.kind in ("send", "poll", "final"):
            for record in event.records:
                if record.offset >= 0 and not facts.may_be_deleted(record.value):
                    yield record


def _inconsistent_offsets(facts: Facts) -> Iterator[Anomaly]:
    known: dict[tuple[str, int], str] = {}
    for partition, offset, value in _placed(facts):
        first = known.setdefault((partition, offset), value)
        if first != value:
            what = f"{partition} has {first} at offset {offset} and {value} as well"
            yield Anomaly("inconsistent offset", what)


def _duplicates(facts: Facts) -> Iterator[Anomaly]:
    known: dict[str, tuple[str, int]] = {}
    told = set()
    for partition, offset, value in _placed(facts):
        first = known.setdefault(value, (partition, offset))
        if first != (partition, offset) and value not in told:
            told.add(value)
            yield Anomaly("duplicate", f"{value} is at {first} and at {(partition, offset)}")


def _lost_writes(facts: Facts) -> Iterator[Anomaly]:
    """What was committed, or read, is there in the end; a history without an end tells nothing."""
    if not facts.final:
        return
    promised = {value: "committed" for done in facts.committed for value in facts.values[done]}
    for event, record in facts.read:
        write = facts.writes.get(record.value)
        if write is not None and not facts.never_committed(write.transaction):
            promised.setdefault(record.value, f"read by {event.client}")
    for value, why in sorted(promised.items()):
        if value not in facts.final_values and not facts.may_be_deleted(value):
            yield Anomaly("lost write", f"{value} of {facts.writes[value].transaction}, {why}")


def _deleted_records(facts: Facts) -> Iterator[Anomaly]:
    """What was written before a topic was deleted is not in the topic that has its name now."""
    for value in sorted(facts.final_values):
        write = facts.writes.get(value)
        if write is None:
            continue
        began_at, _ = facts.recreated.get(write.topic, (0, 0))
        if facts.ended_at.get(write.transaction, began_at) < began_at:
            what = f"{value} of {write.transaction}, which ended before {write.topic} was deleted"
            yield Anomaly("deleted record", what)


def _reads_of_uncommitted(facts: Facts) -> Iterator[Anomaly]:
    told = set()
    for event, (partition, offset, value) in facts.read:
        if value in told:
            continue
        where = f"{event.client} read {value} at {partition}:{offset}"
        write = facts.writes.get(value)
        if write is None:
            yield Anomaly("never written", where)
        elif facts.never_committed(write.transaction):
            yield Anomaly("aborted read", f"{where}; {write.transaction} was not committed")
        elif event.at < facts.commit_began.get(write.transaction, 0):
            yield Anomaly("precommitted read", f"{where} before {write.transaction} ended")
        else:
            continue
        told.add(value)


def _torn_transactions(facts: Facts) -> Iterator[Anomaly]:
    """One of unknown end is there as a whole or not at all."""
    if not facts.final:
        return
    for transaction, values in facts.values.items():
        if transaction in facts.committed or facts.never_committed(transaction):
            continue
        lasting = [value for value in values if not facts.may_be_deleted(value)]
        there = sum(value in facts.final_values for value in lasting)
        if 0 < there < len(lasting):
            what = f"{transaction}: {there} of its {len(lasting)} records are there"
            yield Anomaly("torn transaction", what)


def _circular_flows(facts: Facts) -> Iterator[Anomaly]:
    """G1c: transactions that have read what the others wrote, in a circle."""
    sources: dict[str, set[str]] = defaultdict(set)
    for event, record in facts.read:
        write = facts.writes.get(record.value)
        if event.transaction and write and write.transaction != event.transaction:
            sources[event.transaction].add(write.transaction)
    for circle in circles(sources):
        yield Anomaly("circular flow", " <- ".join([*circle, circle[0]]))


def circles(graph: dict[str, set[str]]) -> Iterator[list[str]]:
    """A circle for each place where a walk along the edges comes back to itself."""
    done: set[str] = set()
    for start in list(graph):
        path: list[str] = []
        on_path: set[str] = set()
        waiting = [(start, False)]
        while waiting:
            node, leaving = waiting.pop()
            if leaving:
                on_path.discard(path.pop())
                done.add(node)
            elif node in on_path:
                yield path[path.index(node) :]
            elif node not in done:
                path.append(node)
                on_path.add(node)
                waiting.append((node, True))
                waiting += [(other, False) for other in sorted(graph.get(node, ()))]


def _reordered_writes(facts: Facts) -> Iterator[Anomaly]:
    for partition, records in facts.final.items():
        latest: dict[str, tuple[int, str]] = {}
        for record in records:
            write = facts.writes.get(record.value)
            if write is None:
                continue
            number, before = latest.get(write.client, (-1, ""))
            if write.number < number:
                what = f"{partition}: {record.value} at offset {record.offset} was sent before"
                yield Anomaly("reordered", f"{what} {before}")
            latest[write.client] = max((number, before), (write.number, record.value))


def _reordered_and_skipped_reads(facts: Facts) -> Iterator[Anomaly]:
    """A consumer that keeps its partition goes through it without a step back or a gap."""
    final = {partition: [r.offset for r in records] for partition, records in facts.final.items()}
    place = {partition: dict(zip(offsets, range(len(offsets)), strict=True))
             for partition, offsets in final.items()}  # fmt: skip
    latest: dict[tuple[str, int, str], int] = {}
    for event, record in facts.read:
        partition, offset, value = record
        if event.kind == "final" or facts.may_be_deleted(value):
            continue
        key = (event.client, event.session, partition)
        before = latest.get(key)
        latest[key] = offset
        who = f"{event.client} read {partition}:{offset} after {before}"
        if before is None:
            continue
        if offset <= before:
            yield Anomaly("reordered", who)
            continue
        known = place.get(partition, {})
        missed = known.get(offset, 0) - known.get(before, known.get(offset, 0)) - 1
        if missed > 0:
            yield Anomaly("skipped read", f"{who}, without the {missed} between")


def _rewound_offsets(facts: Facts) -> Iterator[Anomaly]:
    """What a group was told to be committed stays so, or moves on."""
    floor: dict[tuple[str, str], int] = {}
    asked: dict[tuple[str, str], dict[tuple[str, str], int]] = {}
    in_transaction: dict[str, list[Event]] = defaultdict(list)

    def settled(event: Event, least: dict[tuple[str, str], int]) -> Iterator[Anomaly]:
        for partition, offset in event.offsets.items():
            key = (event.group, partition)
            if offset < least.get(key, -1):
                what = f"{event.group} at {partition}: {offset} after {least[key]}"
                yield Anomaly("rewound offset", f"{what}, by {event.client} ({event.kind})")
            floor[key] = max(floor.get(key, -1), offset)

    for event in facts.events:
        key = (event.client, event.transaction or event.kind)
        match event.kind, event.phase:
            case (("offsets" | "ask"), "begin"):
                asked[key] = dict(floor)
            case (("offsets" | "ask"), "ok"):
                if event.transaction:
                    in_transaction[event.transaction].append(event)
                else:
                    yield from settled(event, asked.get(key, {}))
            case "commit", "ok":
                for commit in in_transaction[event.transaction]:
                    yield from settled(commit, asked.get(key, {}))


def _processed_twice(facts: Facts) -> Iterator[Anomaly]:
    """The offsets of a transaction that was committed are behind the group for good."""
    by: dict[tuple[str, str, int], str] = {}
    for event, record in facts.read:
        if event.transaction in facts.committed:
            key = (event.group, record.partition, record.offset)
            first = by.setdefault(key, event.transaction)
            if first != event.transaction:
                what = f"{record.value} by {first} and by {event.transaction}, both committed"
                yield Anomaly("processed twice", what)


def report(events: Sequence[Event]) -> int:
    """Prints how much happened and what is wrong with it; returns the count of anomalies."""
    counts = Counter((event.kind, event.phase) for event in events)
    for kind in ("send", "commit", "abort", "poll", "offsets", "ask", "recreate"):
        told = (f"{counts[kind, phase]:,} {phase}" for phase in ("ok", "fail", "unknown")
                if counts[kind, phase])  # fmt: skip
        print(f"  {kind:8} {', '.join(told)}")
    anomalies = check(events)
    print(f"  {len(anomalies)} anomalies")
    shown: Counter[str] = Counter()
    for name, what in anomalies:
        shown[name] += 1
        if shown[name] <= SHOWN:
            print(f"    {name}: {what}")
    for name, count in shown.items():
        print(f"    {count} x {name}")
    return len(anomalies)


def main(arguments: Iterable[str]) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("files", nargs="+", type=Path)
    return 1 if report(read_histories(parser.parse_args(list(arguments)).files)) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
