"""Two plays of one story, field by field."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from compat_tests.differences import ACCEPTED, Accepted
from compat_tests.parity.normalise import Normaliser, without_bytes
from compat_tests.parity.play import Play
from compat_tests.parity.script import Json, Story

ABSENT = "(absent)"


@dataclass(frozen=True)
class Difference:
    """One field in which kbroker is not Kafka."""

    story: str
    step: str
    path: str
    kafka: Json
    kbroker: Json

    def __str__(self) -> str:
        where = f"{self.story} / {self.step} / {self.path}"
        return f"{where}: kafka={short(self.kafka)} kbroker={short(self.kbroker)}"


@dataclass
class Comparison:
    """What a story came to."""

    differences: list[Difference]
    accepted: list[tuple[Difference, Accepted]]
    steps: int
    fields: int


def short(value: Json) -> str:
    text = repr(value)
    return text if len(text) <= 160 else f"{text[:120]}… ({len(text)} characters)"


def compare(story: Story, kafka: Play, kbroker: Play) -> Comparison:
    result = Comparison([], [], 0, 0)
    outcomes = zip(story.steps, normal(story, kafka), normal(story, kbroker), strict=True)
    for step, left, right in outcomes:
        if not step.compared or step.what not in ("call", "receive", "raw"):
            continue
        result.steps += 1
        for path, one, other in pairs(left, right):
            result.fields += 1
            if one == other:
                continue
            difference = Difference(story.name, step.name, path, one, other)
            accepted = [a for a in ACCEPTED if a.covers(story.name, step.name, path)]
            if accepted:
                result.accepted.append((difference, accepted[0]))
            else:
                result.differences.append(difference)
    return result


def normal(story: Story, play: Play) -> Iterator[dict[str, Json]]:
    """The outcome of each step as it is compared; ids that a step met count for later ones."""
    normaliser = Normaliser(play.run, play.began_ms)
    for step, outcome, at_ms in zip(story.steps, play.outcomes, play.times_ms, strict=True):
        found = normaliser.normalised(step.api, outcome, at_ms)
        yield found if step.exact_bytes else without_bytes(found)


# Arrays whose elements have a key of their own: compared by it, so that one that is missing is one
# difference and not a shift of all that follow.
KEYS = {
    "answer.apiKeys": "apiKey",
    "answer.supportedFeatures": "name",
    "answer.finalizedFeatures": "name",
}


def keyed(path: str, value: Json) -> dict[str, Json] | None:
    if path not in KEYS or not isinstance(value, list):
        return None
    found = {str(one[KEYS[path]]): one for one in value}
    return found if len(found) == len(value) else None


def pairs(left: Json, right: Json) -> list[tuple[str, Json, Json]]:
    """Every field of either side, with its path, and what each side has there."""
    found: list[tuple[str, Json, Json]] = []
    _collect_pairs(found, "", left, right)
    return found


def _collect_pairs(found: list[tuple[str, Json, Json]], path: str, left: Json, right: Json) -> None:
    if isinstance(left, dict) and isinstance(right, dict):
        for key in left | right:
            inner = f"{path}.{key}" if path else key
            _collect_pairs(found, inner, left.get(key, ABSENT), right.get(key, ABSENT))
    elif keyed(path, left) is not None and keyed(path, right) is not None:
        _collect_pairs(found, path, keyed(path, left), keyed(path, right))
    elif isinstance(left, list) and isinstance(right, list) and len(left) == len(right):
        found.append((f"{path}.length", len(left), len(right)))
        for index, (one, other) in enumerate(zip(left, right, strict=True)):
            _collect_pairs(found, f"{path}.{index}", one, other)
    else:
        found.append((path, left, right))
