"""Holds what was delivered against what was sent: nothing lost, doubled, changed, or out of order.

Deliveries may repeat, because a member that is killed has not committed: from the same places, with
the same bytes.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from itertools import zip_longest

Pair = tuple[bytes, bytes]
# partition, offset, key, value
Delivery = tuple[int, int, bytes | None, bytes | None]


class History:
    """What was sent, in order per key, and what each member was given, in its order."""

    def __init__(self, sent: Iterable[Pair]) -> None:
        self.sent: dict[bytes | None, list[bytes | None]] = defaultdict(list)
        for key, value in sent:
            self.sent[key].append(value)
        self.places: dict[tuple[int, int], tuple[bytes | None, bytes | None]] = {}
        self.wrong: list[str] = []
        self.repeats = 0

    def add(self, deliveries: Iterable[Delivery]) -> None:
        """All that one member was given."""
        seen: set[tuple[int, int]] = set()
        latest: dict[int, int] = {}
        for partition, offset, key, value in deliveries:
            place = (partition, offset)
            self.repeats += place in self.places
            known = self.places.setdefault(place, (key, value))
            if known != (key, value):
                self.wrong.append(f"{place} is {known!r} once and {(key, value)!r} another time")
            if place not in seen and offset < latest.get(partition, -1):
                self.wrong.append(f"{place} came after offset {latest[partition]}")
            seen.add(place)
            latest[partition] = max(offset, latest.get(partition, -1))

    def received(self) -> dict[bytes | None, list[bytes | None]]:
        """Values per key in the order of the log, repeats removed."""
        result: dict[bytes | None, list[bytes | None]] = defaultdict(list)
        for _, (key, value) in sorted(self.places.items()):
            result[key].append(value)
        return result


def check(history: History) -> list[str]:
    """What is wrong, a line each; nothing if all is well."""
    wrong = list(history.wrong)
    received = history.received()
    for key in history.sent | received:
        pairs = zip_longest(history.sent[key], received[key])
        for number, (sent, got) in enumerate(pairs):
            if sent != got:
                wrong.append(f"{key!r} number {number}: sent {sent!r}, got {got!r}")
                break
    return wrong


def check_the_check() -> None:
    """It must be red on every planted defect, and green on a history that only repeats."""
    sent = [(b"key", b"%d" % number) for number in range(6)]
    good: list[Delivery] = [(0, offset, *pair) for offset, pair in enumerate(sent)]
    planted: dict[str, list[Delivery]] = {
        "lost": good[:3] + good[4:],
        "lost at the end": good[:-1],
        "doubled": [*good, (0, 6, *sent[-1])],
        "reordered in the log": [*good[:2], (0, 2, *sent[3]), (0, 3, *sent[2]), *good[4:]],
        "reordered on the way": [*good[:2], good[3], good[2], *good[4:]],
        "changed": [*good[:2], (0, 2, b"key", b"x"), *good[3:]],
        "changed in the repeat": [*good, (0, 2, b"key", b"x")],
        "under another key": [*good[:2], (0, 2, b"other", b"2"), *good[3:]],
    }
    for what, deliveries in planted.items():
        if not problems(sent, deliveries):
            raise AssertionError(f"the check does not see a record that is {what}")
    repeated = problems(sent, good[:4], good[2:])
    if repeated:
        raise AssertionError(f"the check takes a repeat for a defect: {repeated}")


def problems(sent: list[Pair], *members: list[Delivery]) -> list[str]:
    history = History(sent)
    for deliveries in members:
        history.add(deliveries)
    return check(history)
