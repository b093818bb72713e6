"""Which address of a broker a client is told: the one place where that is chosen."""

from __future__ import annotations

from kbroker.connection_info import ConnectionInfo
from kbroker.metadata.brokers import Address, BrokerRegistration


class AdvertisedAddresses:
    """``host_gateway`` is where clients on the host of a container come from; None outside of one
    (network/host_gateway.py)."""

    __slots__ = ("_host_gateway",)

    def __init__(self, host_gateway: str | None = None) -> None:
        self._host_gateway = host_gateway

    def choose(self, broker: BrokerRegistration, connection: ConnectionInfo) -> Address:
        """The host and port at which the client of ``connection`` reaches ``broker``.

        That is what the broker registered for the client's listener (``advertised.listeners``).
        Without that the client is told the address that it came in by; on the host of a container
        it is told ``localhost``, where published ports are.
        """
        registered = broker.endpoints.get(connection.listener)
        if registered is not None:
            return registered
        from_host = connection.client_host == self._host_gateway
        return ("localhost" if from_host else connection.local_host), connection.local_port
