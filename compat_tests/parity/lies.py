"""False answers, each a true one with one value changed: what the comparison must see.

python -m compat_tests.parity.lies
"""

# ruff: noqa: T201 - it is a program that prints

from __future__ import annotations

import copy
import os
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from compat_tests.parity import recorded
from compat_tests.parity.normalise import (
    ALL_THERE_IS,
    CHOSEN,
    IDS,
    TIMES,
    UNORDERED,
    Normaliser,
    is_of_others,
    without_bytes,
)
from compat_tests.parity.play import Play
from compat_tests.parity.script import Json, Step, Story

AN_HOUR_MS = 3_600_000
# Fields that a broker may choose freely, whatever it said before.
FREE = CHOSEN.keys() | {"port"}
# Fields that name an entry of a list of everything there is.
NAMES = {name for _, name in ALL_THERE_IS.values()}

Path = tuple[str | int, ...]
Field = tuple[str, str]  # API, path
# How many lies there are about each field.
Counts = tuple[Counter[Field], Counter[Field]]


@dataclass(frozen=True)
class Lie:
    """Another value in one place of the outcome of one step."""

    step: int
    path: Path
    value: Json


def lies(
    story: Story, play: Play, is_wanted: Callable[[Field], bool]
) -> Iterator[tuple[Field, Lie]]:
    """Lies for each value and each list of the compared answers, while more are wanted about it."""
    once: set[tuple[Any, Json]] | None = None
    for number, (step, outcome) in enumerate(zip(story.steps, play.outcomes, strict=True)):
        if not step.compared or step.what not in ("call", "receive", "raw"):
            continue
        for path, value in values(outcome, step, play.run):
            # The path without the positions in lists.
            about = step.api, ".".join(part for part in path if isinstance(part, str))
            if not is_wanted(about):
                continue
            once = ids_that_come_once(play) if once is None else once
            if isinstance(value, list | dict) or (path[-1], value) not in once:
                for changed in changes(step.api, path, value):
                    yield about, Lie(number, path, changed)


def ids_that_come_once(play: Play) -> set[tuple[Any, Json]]:
    """(field, id): a broker may choose another one, and nothing shows it."""
    seen: dict[tuple[str, Json], list[str]] = {}
    for outcome in play.outcomes:
        for path, value in leaves(outcome, (), play.run):
            name = str(path[-1])
            if name in IDS and not isinstance(value, list):
                seen.setdefault((IDS[name][1], value), []).append(name)
    return {(names[0], value) for (_, value), names in seen.items() if len(names) == 1}


def values(outcome: Mapping[str, Json], step: Step, run: str) -> Iterator[tuple[Path, Json]]:
    """What is compared, with its path."""
    for path, value in leaves(dict(outcome), (), run):
        if path[-1] in FREE:
            continue
        if not step.exact_bytes and "records" in path and path[-1] in ("bytes", "size"):
            continue
        yield path, value


def leaves(value: Json, path: Path, run: str) -> Iterator[tuple[Path, Json]]:
    """Values, and lists as a whole; nothing of what other stories made, which is not compared."""
    if isinstance(value, dict):
        for key, one in value.items():
            yield from leaves(one, (*path, key), run)
    elif isinstance(value, list):
        own = [not is_of_another(one, run) for one in value]
        if all(own):
            yield path, value
        for index, one in enumerate(value):
            if own[index]:
                yield from leaves(one, (*path, index), run)
    else:
        yield path, value


def is_of_another(entry: Json, run: str) -> bool:
    names = [entry.get(key) for key in NAMES] if isinstance(entry, dict) else []
    return any(
        isinstance(name, str) and not name.startswith(run) and is_of_others(name) for name in names
    )


def changes(api: str, path: Path, value: Json) -> Iterator[Json]:
    name = next(part for part in reversed(path) if isinstance(part, str))
    if isinstance(value, list):
        yield [*value, value[-1]] if value else [None]
        if len(value) > 1 and value[0] != value[1] and (api, name) not in UNORDERED:
            yield [value[1], value[0], *value[2:]]
    elif isinstance(value, bool):
        yield not value
    elif isinstance(value, int | float):
        yield value + (AN_HOUR_MS if name in TIMES and value > 0 else 1)
    elif isinstance(value, str):
        yield "A" + value[1:] if value[:1] not in ("", "A") else value + "B"
    else:
        yield 0


def replaced(within: Any, path: Path, value: Json) -> Any:
    """A copy of what leads to the changed place; the rest is shared."""
    if not path:
        return value
    result = copy.copy(within)
    result[path[0]] = replaced(within[path[0]], path[1:], value)
    return result


class Truth:
    """A play as it is compared, step by step, to hold lies against."""

    def __init__(self, story: Story, play: Play) -> None:
        self._story = story
        self._play = play
        self._forms: list[dict[str, Json]] = []
        self._before: list[Normaliser] = []
        normaliser = Normaliser(play.run, play.began_ms)
        for number in range(len(story.steps)):
            self._before.append(copy.deepcopy(normaliser))
            self._forms.append(self._form(normaliser, number, play.outcomes[number]))

    def _form(self, by: Normaliser, number: int, outcome: Mapping[str, Json]) -> dict[str, Json]:
        step = self._story.steps[number]
        found = by.normalised(step.api, outcome, self._play.times_ms[number])
        return found if step.exact_bytes else without_bytes(found)

    def contradicts(self, lie: Lie) -> bool:
        """Whether the comparison sees the lie, in its own step or in a later one."""
        normaliser = copy.deepcopy(self._before[lie.step])
        outcomes = self._play.outcomes
        for number in range(lie.step, len(outcomes)):
            outcome = outcomes[number]
            if number == lie.step:
                outcome = replaced(outcome, lie.path, lie.value)
            try:
                form = self._form(normaliser, number, outcome)
            except (KeyError, TypeError, AttributeError, ValueError):
                return True  # it has not even the form of an answer
            if self._story.steps[number].compared and form != self._forms[number]:
                return True
        return False


def count(stories: Mapping[str, Story], recorded_lines: Mapping[str, str], enough: int) -> Counts:
    """Tells lies about every field of every API until there are ``enough``; about those of short
    answers first, since each is compared as a whole."""
    told: Counter[Field] = Counter()
    unseen: Counter[Field] = Counter()
    for name, story in sorted(stories.items(), key=lambda one: len(recorded_lines[one[0]])):
        play = recorded.play(recorded_lines[name])
        truth: Truth | None = None
        for about, lie in lies(story, play, lambda about: told[about] < enough):
            told[about] += 1
            truth = truth or Truth(story, play)
            unseen[about] += not truth.contradicts(lie)
    return told, +unseen


def main() -> None:
    os.environ["STORIES_NOW_MS"] = str(recorded.now_ms())
    from compat_tests.parity.stories import all_stories

    told, unseen = count(all_stories(), recorded.lines(), 10)
    share = unseen.total() / told.total()
    print(f"{told.total()} lies about {len(told)} fields; {share:.2%} are not seen")
    for (api, field), number in unseen.items():
        print(f"{number} of {told[api, field]} about {field} of {api}")


if __name__ == "__main__":
    main()
