"""The brokers of the cluster (Kafka's BrokerRegistration) and the quorum of its metadata log."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

Address = tuple[str, int]  # host and port


class BrokerRegistration(NamedTuple):
    """A broker as it registered.

    ``endpoints`` are the advertised addresses by listener. Clients of a listener without one are
    told the address that they connected to.
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
