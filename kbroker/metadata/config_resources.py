"""What has settings, numbered as the protocol does, and what may be done to a setting."""

from __future__ import annotations

from typing import NamedTuple

TOPIC, BROKER, BROKER_LOGGER, CLIENT_METRICS, GROUP = 2, 4, 8, 16, 32
ALL_BROKERS = ""  # stands for the cluster, where a broker's id is expected

Resource = tuple[int, str]  # a kind and a name

SET, DELETE, APPEND, SUBTRACT = range(4)


class Change(NamedTuple):
    """One setting: what is to be done (KIP-339), and with which text."""

    name: str
    operation: int
    value: str | None
