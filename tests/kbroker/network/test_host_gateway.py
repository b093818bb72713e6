"""What clients of a container are told to connect to."""

from __future__ import annotations

import pytest

from kbroker.context import ConnectionInfo
from kbroker.network.host_gateway import gateway_of
from tests.drivers import BrokerDriver

ROUTES = """\
Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\tMTU\tWindow\tIRTT
eth0\t000011AC\t00000000\t0001\t0\t0\t0\t0000FFFF\t0\t0\t0
eth0\t00000000\t010011AC\t0003\t0\t0\t0\t00000000\t0\t0\t0
"""


def test_the_gateway_of_a_container() -> None:
    assert gateway_of(ROUTES) == "172.17.0.1"
    assert gateway_of(ROUTES.splitlines()[0]) is None


@pytest.mark.parametrize(
    ("client", "told"), [("172.17.0.1", "localhost"), ("172.17.0.9", "172.17.0.2")]
)
def test_only_clients_of_the_host_are_told_localhost(client: str, told: str) -> None:
    node = BrokerDriver().node
    node.host_gateway = "172.17.0.1"
    assert node.endpoint(ConnectionInfo("PLAINTEXT", client, 40001, "172.17.0.2", 9092)) == (
        told,
        9092,
    )


def test_a_given_address_overrules_both() -> None:
    node = BrokerDriver().node
    node.host_gateway = "172.17.0.1"
    node.advertised["PLAINTEXT"] = ("proxy", 1)
    info = ConnectionInfo("PLAINTEXT", "172.17.0.1", 40001, "172.17.0.2", 9092)
    assert node.endpoint(info) == ("proxy", 1)
