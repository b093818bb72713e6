"""A bound socket of a listener, which accepts connections."""

from __future__ import annotations

import errno
import logging
import socket

from kbroker.connection_info import ConnectionInfo
from kbroker.network.connection import Connection
from kbroker.network.connection_limits import ConnectionLimits
from kbroker.network.loop import Loop
from kbroker.node import Node

log = logging.getLogger("kbroker")

ACCEPTS_PER_TICK = 64
# Kafka's default of 50 suits a thread that only accepts. Here the loop also serves requests, and a
# client that finds the queue full waits a second before its kernel tries again.
LEAST_BACKLOG = 4096
PAUSE_MS = 500  # how long to wait after running out of file descriptors


class Listener:
    """One bound socket. Raises OSError when the address cannot be bound."""

    __slots__ = ("_limits", "_loop", "_node", "_socket", "address", "name")

    def __init__(
        self, loop: Loop, node: Node, limits: ConnectionLimits, name: str, host: str, port: int
    ) -> None:
        self._loop = loop
        self._limits = limits
        self._node = node
        self.name = name
        self._socket = bind(host, port)
        self.address: tuple[str, int] = self._socket.getsockname()[:2]

    def open(self) -> None:
        """Starts to accept clients."""
        asked = self._node.settings.integer("socket.listen.backlog.size")
        self._socket.listen(max(asked, LEAST_BACKLOG))
        self._loop.register(self._socket, self)

    @property
    def has_unsent(self) -> bool:
        return False

    def ready(self, readable: bool, writable: bool) -> None:
        for _ in range(ACCEPTS_PER_TICK):
            if self._limits.full:
                self._watch(False)
                self._limits.when_there_is_room(lambda: self._watch(True))
                return
            try:
                accepted, peer = self._socket.accept()
            except BlockingIOError:
                return
            except OSError as error:
                self._accept_failed(error)
                return
            accepted.setblocking(False)
            accepted.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            accepted.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
            host, port = accepted.getsockname()[:2]
            info = ConnectionInfo(
                self.name, plain_address(peer[0]), peer[1], plain_address(host), port
            )
            if self._limits.admits(info.client_host):
                Connection(self._loop, accepted, self._node, info, self._limits)
            else:
                log.warning("too many connections from %s: one is closed", info.client_host)
                accepted.close()

    def _watch(self, watching: bool) -> None:
        """Starts or stops accepting; does nothing after the socket was closed."""
        if self._socket.fileno() >= 0:
            self._loop.modify(self._socket, self, watching, False)

    def _accept_failed(self, error: OSError) -> None:
        if error.errno not in (errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM):
            return  # the client disconnected before it was accepted
        log.warning("no file descriptors left: raise the limit with ulimit -n")
        self._watch(False)
        self._node.timers.schedule(
            self,
            self._node.clock.monotonic_ms() + PAUSE_MS,
            lambda: self._watch(True),
        )

    def close(self) -> None:
        self._loop.unregister(self._socket, self)
        self._socket.close()


def bind(host: str, port: int) -> socket.socket:
    """A socket bound to ``host`` ("" and "::" for every address, of both families where there are
    two, as with Kafka)."""
    if host in ("", "::") and socket.has_dualstack_ipv6():
        sock = socket.socket(socket.AF_INET6)
        sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        host = "::"
    else:
        sock = socket.socket(_family(host or "0.0.0.0", port))  # noqa: S104  # asked for
    try:
        sock.setblocking(False)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind((host, port))
    except OSError:
        sock.close()
        raise
    return sock


def _family(host: str, port: int) -> socket.AddressFamily:
    """Of the first address of ``host``. Given as text it would be encoded by the codec of
    international names, which takes 2 ms to import."""
    name = host.encode() if host.isascii() else host
    return socket.getaddrinfo(name, port, type=socket.SOCK_STREAM)[0][0]


def plain_address(address: str) -> str:
    """An IPv4 address in its own form, also where an IPv6 socket shows it mapped."""
    return address.removeprefix("::ffff:")
