"""A history: what clients asked of a broker and what they were told, as JSON lines.

Every client writes its events to a file of its own the moment they happen, so that a client that
is killed leaves behind what it knew. ``at`` is the machine's monotonic clock, which orders the
events of all processes: something that ended before another began did so in truth.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, Literal, NamedTuple

# Neither "ok" nor "fail" nor "unknown" after "begin": the client died, and it is unknown too.
Phase = Literal["begin", "ok", "fail", "unknown"]
# send: records to a partition. commit, abort: the end of a transaction. poll: what was read.
# offsets: a commit of offsets, in a transaction or not. ask: the committed offsets of a group.
# final: the whole of a partition as read in the end at read_committed; ``offsets`` has its end.
# recreate: a topic is deleted and created again under the same name.
Kind = Literal["send", "commit", "abort", "poll", "offsets", "ask", "final", "recreate"]


class Record(NamedTuple):
    """A value, of which there is only one, and where it lies; -1 while that is unknown."""

    partition: str
    offset: int
    value: str


@dataclass(frozen=True)
class Event:
    """``client`` is one life of one client: what starts anew has another name. ``session`` counts
    the times a consumer was given its positions anew."""

    at: int
    client: str
    kind: Kind
    phase: Phase
    transaction: str = ""
    group: str = ""
    topic: str = ""
    session: int = 0
    records: tuple[Record, ...] = ()
    offsets: dict[str, int] = field(default_factory=dict)

    def to_json(self) -> str:
        """One line, without what is as usual."""
        told = {
            each.name: getattr(self, each.name)
            for each in fields(self)
            if getattr(self, each.name) not in ("", 0, (), {})
        }
        return json.dumps(told, separators=(",", ":"))

    @classmethod
    def from_json(cls, line: str) -> Event:
        told = json.loads(line)
        records = tuple(Record(*record) for record in told.pop("records", ()))
        return cls(**{"at": 0, **told}, records=records)


class Notes:
    """Writes the events of one client."""

    def __init__(self, path: Path, client: str) -> None:
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
        self.client = client

    def note(self, kind: Kind, phase: Phase, **facts: Any) -> None:
        """In one write, which a kill does not tear."""
        event = Event(time.monotonic_ns(), self.client, kind, phase, **facts)
        os.write(self._file, event.to_json().encode() + b"\n")


def read_histories(paths: Iterable[Path]) -> list[Event]:
    """The events of all files, in the order of time."""
    return sorted((event for path in paths for event in _read(path)), key=lambda event: event.at)


def _read(path: Path) -> Iterator[Event]:
    with path.open() as lines:
        for line in lines:
            yield Event.from_json(line)
