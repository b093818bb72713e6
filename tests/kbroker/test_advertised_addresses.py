"""Which address of a broker its clients are told."""

from __future__ import annotations

import pytest

from kbroker.advertised_addresses import AdvertisedAddresses
from kbroker.connection_info import ConnectionInfo
from kbroker.metadata.brokers import BrokerRegistration

GATEWAY = "172.17.0.1"
ADDRESSES = AdvertisedAddresses(GATEWAY)


def client(host: str, listener: str = "PLAINTEXT") -> ConnectionInfo:
    return ConnectionInfo(listener, host, 40001, "172.17.0.2", 29092)


@pytest.mark.parametrize(
    ("host", "told"), [(GATEWAY, ("localhost", 29092)), ("172.17.0.9", ("172.17.0.2", 29092))]
)
def test_the_address_that_the_client_came_in_by(host: str, told: tuple[str, int]) -> None:
    """Only a client on the host of the container is told localhost."""
    assert ADDRESSES.choose(BrokerRegistration(1, {}), client(host)) == told


def test_a_registered_address_counts_first() -> None:
    """For the clients of its listener, and for no others."""
    broker = BrokerRegistration(1, {"PLAINTEXT": ("proxy", 1)})

    assert ADDRESSES.choose(broker, client(GATEWAY)) == ("proxy", 1)
    assert ADDRESSES.choose(broker, client(GATEWAY, "INSIDE")) == ("localhost", 29092)


def test_no_container() -> None:
    """Nobody is on its host, not even who comes from the broker's own address."""
    addresses = AdvertisedAddresses()
    for host in (GATEWAY, "172.17.0.2", "127.0.0.1"):
        told = addresses.choose(BrokerRegistration(1, {}), client(host))
        assert told == ("172.17.0.2", 29092)
