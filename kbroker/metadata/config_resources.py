"""What has settings, numbered as the protocol does, and what may be done to a setting."""

from __future__ import annotations

from typing import NamedTuple

from kbroker.settings import MAX_INT

TOPIC, BROKER, BROKER_LOGGER, CLIENT_METRICS, GROUP = 2, 4, 8, 16, 32
ALL_BROKERS = ""  # stands for the cluster, where a broker's id is expected

Resource = tuple[int, str]  # a kind and a name


def broker_id(name: str) -> int | None:
    """The number of a broker as Java reads it; None for a name that is none."""
    digits = name[1:] if name[:1] in ("+", "-") else name
    if not digits.isdecimal():
        return None
    number = int(name)
    return number if -MAX_INT - 1 <= number <= MAX_INT else None


SET, DELETE, APPEND, SUBTRACT = range(4)


class Change(NamedTuple):
    """One setting: what is to be done (KIP-339), and with which text."""

    name: str
    operation: int
    value: str | None
