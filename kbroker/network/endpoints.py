"""Binds the listeners of a broker."""

from __future__ import annotations

from kbroker.network.connection_limits import ConnectionLimits
from kbroker.network.listener import Listener
from kbroker.network.loop import Loop
from kbroker.node import Node
from kbroker.settings.listeners import ListenerSettings, shown_address


class CannotListen(OSError):
    """An address that cannot be bound; ``why`` is one line for the operator."""

    def __init__(self, host: str, port: int, error: OSError) -> None:
        why = f"cannot listen on {shown_address(host or '*', port)}: {error.strerror}"
        super().__init__(error.errno, why)
        self.why = why
        self.port = port


def bind_listener(
    wanted: ListenerSettings, loop: Loop, node: Node, limits: ConnectionLimits
) -> list[Listener]:
    """A listener for each host, all with the same port; port 0 lets the first host choose it.

    Raises CannotListen.
    """
    listeners: list[Listener] = []
    port = wanted.port
    for host in wanted.hosts:
        try:
            listener = Listener(loop, node, limits, wanted.name, host, port)
        except OSError as error:
            if host == "::1" and listeners:
                continue  # a machine without IPv6
            raise CannotListen(host, port, error) from None
        port = listener.address[1]
        listeners.append(listener)
    return listeners
