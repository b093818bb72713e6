"""Chooses the address of a broker that a client is told."""

from __future__ import annotations

from kbroker.connection_info import ConnectionInfo
from kbroker.metadata.brokers import Address, BrokerRegistration


class AdvertisedAddresses:
    """``host_gateway`` is the address from which clients on a container's host connect; None
    outside of a container (network/host_gateway.py)."""

    __slots__ = ("_host_gateway",)

    def __init__(self, host_gateway: str | None = None) -> None:
        self._host_gateway = host_gateway

    def choose(self, broker: BrokerRegistration, connection: ConnectionInfo) -> Address:
        """The host and port at which the client of ``connection`` reaches ``broker``.

        That is the one registered for the client's listener (``advertised.listeners``). Without
        one it is the address that the client connected to, or, for a client on the host of a
        container, ``localhost``, where published ports are.
        """
        registered = broker.endpoints.get(connection.listener)
        if registered is not None:
            return registered
        from_host = connection.client_host == self._host_gateway
        return ("localhost" if from_host else connection.local_host), connection.local_port
