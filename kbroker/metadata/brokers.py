"""Who the cluster is: its brokers (Kafka's BrokerRegistration) and the quorum of its metadata."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

Address = tuple[str, int]  # host and port


class BrokerRegistration(NamedTuple):
    """A broker as it registered.

    ``endpoints`` are the addresses that clients of each listener are told. A listener without one
    has no fixed address: its clients are told the address that they came in by.
    """

    broker_id: int
    endpoints: Mapping[str, Address]
    rack: str | None = None
    fenced: bool = False
    epoch: int = -1  # the offset of the metadata log at which it registered


class QuorumView(NamedTuple):
    """The leader, voters and observers of the metadata log (KIP-595), by their node ids."""

    leader_id: int
    leader_epoch: int
    voters: tuple[int, ...]
    observers: tuple[int, ...] = ()


NO_QUORUM = QuorumView(-1, -1, ())
