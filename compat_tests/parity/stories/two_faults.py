"""Requests with two faults at once: the answer shows which check a broker makes first."""

from __future__ import annotations

import copy
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

from compat_tests.parity.script import Json, Step, Story, call

# The fields that carry a fault, by their paths (`topics.0.name`).
Fault = Mapping[str, Json]
Faults = Mapping[str, Fault]
# A request that is right, and what may be wrong with it.
Table = tuple[dict[str, Json], Faults]


@dataclass(frozen=True)
class More:
    """In place of a value: the list has this behind its first entry, or that entry once more."""

    entry: Json = None


TWICE = More()


@dataclass(frozen=True)
class Checks:
    """The checks of one API, told apart at some of its versions."""

    api: str
    versions: Sequence[int]
    table: Callable[[int], Table]
    ready: Callable[[], Iterable[Step]] = tuple
    after: Sequence[Step] = ()
    # How long nothing may come, as where acks are 0.
    patience_s: float = 10.0
    # For the name, where the API has several tables.
    what: str = ""

    def stories(self) -> Iterator[Story]:
        for version in self.versions:
            steps = pairs(self.api, version, *self.table(version), self.patience_s)
            name = f"precedence-{dashed(self.api)}{self.what}-v{version}"
            yield Story(name, [*self.ready(), *steps, *self.after])


def dashed(api: str) -> str:
    """As the names of stories have it."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "-", api).lower()


def pairs(
    api: str, version: int, body: dict[str, Json], faults: Faults, patience_s: float = 10.0
) -> Iterator[Step]:
    """Every two faults that one request can have."""
    for (one, fault), (other, another) in combinations(faults.items(), 2):
        if not any(overlap(*both) for both in fields_of_both(fault, another)):
            wrong = changed(body, {**fault, **another})
            yield call(api, version, wrong, f"{one}, {other}", patience_s=patience_s)


def fields_of_both(one: Fault, other: Fault) -> Iterator[tuple[str, Json, str, Json]]:
    for path, value in one.items():
        for another, its_value in other.items():
            yield path, value, another, its_value


def overlap(one: str, value: Json, other: str, its_value: Json) -> bool:
    """Whether one would undo the other."""
    if one == other:
        return True
    is_within = other.startswith(f"{one}.") and not isinstance(value, More)
    return is_within or (one.startswith(f"{other}.") and not isinstance(its_value, More))


def changed(body: dict[str, Json], fields: Fault) -> dict[str, Json]:
    """Entries are added last, so that `TWICE` repeats what is wrong."""
    result = copy.deepcopy(body)
    for path, value in sorted(fields.items(), key=lambda one: isinstance(one[1], More)):
        *way, last = path.split(".")
        place: Any = result
        for part in way:
            place = place[int(part)] if isinstance(place, list) else place[part]
        if isinstance(value, More):
            entries = place[last]
            entries.append(copy.deepcopy(entries[0] if value is TWICE else value.entry))
        else:
            place[int(last) if isinstance(place, list) else last] = value
    return result
