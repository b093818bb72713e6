"""Where clients on a container's host come from."""

from __future__ import annotations

from kbroker.network.host_gateway import gateway_of

ROUTES = """\
Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\tMTU\tWindow\tIRTT
eth0\t000011AC\t00000000\t0001\t0\t0\t0\t0000FFFF\t0\t0\t0
eth0\t00000000\t010011AC\t0003\t0\t0\t0\t00000000\t0\t0\t0
"""


def test_the_gateway_of_a_container() -> None:
    assert gateway_of(ROUTES) == "172.17.0.1"
    assert gateway_of(ROUTES.splitlines()[0]) is None
