"""What has settings, numbered as the protocol does, and what may be done to a setting."""

from __future__ import annotations

from typing import NamedTuple

from kbroker.java_numbers import fits, read_integer

TOPIC, BROKER, BROKER_LOGGER, CLIENT_METRICS, GROUP = 2, 4, 8, 16, 32
ALL_BROKERS = ""  # stands for the cluster, where a broker's id is expected

Resource = tuple[int, str]  # a kind and a name


def broker_id(name: str) -> int | None:
    """The number of a broker as Java reads it; None for a name that is none."""
    number = read_integer(name)
    return number if number is not None and fits(number, 32) else None


SET, DELETE, APPEND, SUBTRACT = range(4)


class Change(NamedTuple):
    """One setting: what is to be done (KIP-339), and with which text."""

    name: str
    operation: int
    value: str | None
