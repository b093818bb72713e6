"""What is a value of a setting, and what only looks like one."""

from __future__ import annotations

from collections.abc import Iterator

from compat_tests.parity.script import Step, Story
from compat_tests.parity.stories.common import topic
from compat_tests.parity.stories.configs import SET, TOPIC, change
from compat_tests.parity.stories.other_configs import GROUP, METRICS, SESSION, UNSET


def stories() -> Iterator[Story]:
    yield Story("configs-numbers", list(numbers()))


_INTEGERS = (
    "1_000", "5\xa0", "+5000", "\u0665\u0665\u0665\u0665\u0665", "\x0150000", "50000\x1f",
    "00050000", "--5", "+", "0x10", "5.0", "1e3", "99999999999999999999",
)  # fmt: skip
_DOUBLES = (
    "0.5d", "0.5f", "0.5D", "0x1p-1", "0x.8p0", "0X1.p-1f", "0x1", "NaN", "+NaN", "nan", "inf",
    "Infinity", "-Infinity", "infinity", "1_0", ".5", "0.", ".", "5e-1", "e5", "1e-400", "1e400",
    "-0.0", "\u0660",
)  # fmt: skip
_OTHERS = (
    ("preallocate", "true\xa0"), ("preallocate", "\x01true"), ("cleanup.policy", "delete\xa0"),
    ("cleanup.policy", "\x01delete "), ("cleanup.policy", "delete \xa0,compact"),
    ("cleanup.policy", "delete\t,compact"), ("cleanup.policy", "delete,no,no"),
    ("leader.replication.throttled.replicas", "compact,compact"),
)  # fmt: skip


def numbers() -> Iterator[Step]:
    """Nothing is changed."""
    yield from topic(1)

    def look_at(kind: int, name: str, key: str, value: str) -> Step:
        return change(1, f"{key}={value!r}", kind, name, (key, SET, value), only_looked_at=True)

    for value in _INTEGERS:
        yield look_at(TOPIC, "${topic}", "retention.ms", value)
        yield look_at(GROUP, UNSET, SESSION, value)
        yield look_at(METRICS, UNSET, "interval.ms", value)
    for value in _DOUBLES:
        yield look_at(TOPIC, "${topic}", "min.cleanable.dirty.ratio", value)
    for key, value in _OTHERS:
        yield look_at(TOPIC, "${topic}", key, value)
