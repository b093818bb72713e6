"""The address from which clients on the host of a container connect.

By default a client is told the address that it connected to. In a container that is the container's
own address, which the host may not reach. A client that connects from the container's gateway is
taken for one on the host and told ``localhost``, where published ports are.
"""

from __future__ import annotations

import os
import socket

_CONTAINER_FILES = ("/.dockerenv", "/run/.containerenv")
_ROUTES = "/proc/net/route"


def host_gateway() -> str | None:
    """The address of this container's host; None outside of a container."""
    in_container = "container" in os.environ or any(map(os.path.exists, _CONTAINER_FILES))
    if not in_container or not os.path.exists(_ROUTES):
        return None
    with open(_ROUTES) as routes:
        return gateway_of(routes.read())


def gateway_of(routes: str) -> str | None:
    """The default gateway in a routing table as Linux writes it to /proc/net/route."""
    for line in routes.splitlines():
        _, destination, gateway, *_ = line.split()
        if destination == "00000000" and gateway != "00000000":
            return socket.inet_ntoa(bytes.fromhex(gateway)[::-1])
    return None
