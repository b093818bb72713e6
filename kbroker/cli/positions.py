"""Where in a partition to start: what a user may write for it, and which offset that is."""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterable
from datetime import datetime
from typing import Any, NamedTuple

from kbroker.cli.words import (
    between,
)
from wire.integers import MAX_INT64

METAVAR = "WHERE"
HELP = (
    "beginning, end, an OFFSET, -N (N records before the end), or @TIME (milliseconds since 1970, "
    "or 2026-01-31T12:00)"
)

BEGINNING, END, OFFSET, TAIL, TIME = "beginning", "end", "offset", "tail", "time"


class Position(NamedTuple):
    kind: str
    number: int = 0


def position(text: str) -> Position:
    """For argparse."""
    if text in (BEGINNING, END):
        return Position(text)
    if re.fullmatch(r"-?\d+", text):
        return Position(TAIL if text.startswith("-") else OFFSET, abs(int(text)))
    if re.fullmatch(r"@\d+", text):
        return Position(TIME, between(0, MAX_INT64)(text[1:]))
    try:
        if text.startswith("@"):
            moment_ms = round(datetime.fromisoformat(text[1:]).timestamp() * 1000)
            return Position(TIME, max(moment_ms, 0))  # no record is older
    except ValueError:
        pass
    raise argparse.ArgumentTypeError(f"{text!r} is none of: {HELP}")


def offsets_at(client: Any, where: Position, partitions: Iterable[Any]) -> dict[Any, int]:
    """The offset of each partition, asked of an admin client: never outside what there is."""
    from kafka.admin import OffsetSpec, OffsetTimestamp

    wanted = list(partitions)
    if where.kind == OFFSET:
        return within(client, dict.fromkeys(wanted, where.number))
    if where.kind == BEGINNING:
        return _listed(client, wanted, OffsetSpec.EARLIEST)
    ends = _listed(client, wanted, OffsetSpec.LATEST)
    if where.kind == TAIL:
        return within(client, {each: ends[each] - where.number for each in wanted})
    if where.kind == TIME:
        found = _listed(client, wanted, OffsetTimestamp(where.number))
        # -1: nothing is as young as that.
        return {each: ends[each] if found[each] < 0 else found[each] for each in wanted}
    return ends


def within(client: Any, offsets: dict[Any, int]) -> dict[Any, int]:
    """The nearest offsets that there are."""
    from kafka.admin import OffsetSpec

    starts = _listed(client, offsets, OffsetSpec.EARLIEST)
    ends = _listed(client, offsets, OffsetSpec.LATEST)
    return {each: min(max(offset, starts[each]), ends[each]) for each, offset in offsets.items()}


def _listed(client: Any, partitions: Iterable[Any], what: Any) -> dict[Any, int]:
    wanted = dict.fromkeys(partitions, what)
    found = client.list_partition_offsets(wanted)
    return {partition: found[partition].offset for partition in wanted}
