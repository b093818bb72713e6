"""Where a broker listens, and what its clients are told to connect to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import starmap

from kbroker.config import BrokerConfig, ConfigError
from kbroker.network.connection_limits import ConnectionLimits
from kbroker.network.listener import Listener
from kbroker.network.loop import Loop
from kbroker.node import Node

LOOPBACK = ("127.0.0.1", "::1")
MAX_PORT = 65535
DEFAULT_LISTENER = "PLAINTEXT"

Address = tuple[str, int]


class CannotListen(OSError):
    def __init__(self, host: str, port: int, error: OSError) -> None:
        why = f"cannot listen on {shown_address(host or '*', port)}: {error.strerror}"
        super().__init__(error.errno, why)
        self.why = why
        self.port = port


class Door:
    """One named listener: where it binds, and what its clients are told (None: as they came)."""

    __slots__ = ("advertised", "hosts", "name", "port")

    def __init__(
        self,
        name: str,
        hosts: Sequence[str],
        port: int,
        advertised: tuple[str, int] | None = None,
    ) -> None:
        self.name = name
        self.hosts = hosts
        self.port = port
        self.advertised = advertised

    def open(self, loop: Loop, node: Node, limits: ConnectionLimits) -> list[Listener]:
        """Binds every host to one port; with port 0 the first one chooses it. A port 0 that is
        advertised becomes that one, too."""
        if not 0 <= self.port <= MAX_PORT:
            raise ConfigError(f"there is no port {self.port}: they end at {MAX_PORT}")
        listeners: list[Listener] = []
        port = self.port
        for host in self.hosts:
            try:
                listener = Listener(loop, node, limits, self.name, host, port)
            except OSError as error:
                if host == "::1" and listeners:
                    continue  # a machine without IPv6
                raise CannotListen(host, port, error) from None
            port = listener.address[1]
            listeners.append(listener)
        if self.advertised is not None:
            host, advertised_port = self.advertised
            self.advertised = (host, advertised_port or port)
        return listeners


def doors_of(config: BrokerConfig) -> list[Door]:
    """The doors that ``listeners`` describes; those of KRaft's controller are left out.

    Raises ConfigError.
    """
    controllers = config.items("controller.listener.names")
    protocols = dict(
        part.rpartition(":")[::2] for part in config.items("listener.security.protocol.map")
    )
    doors: list[Door] = []
    for text in config.items("listeners"):
        name, host, port = _parse_listener(text)
        if name in controllers:
            continue
        if protocols.get(name) != "PLAINTEXT":
            raise ConfigError(
                f"listener {name} is to speak {protocols.get(name, 'nothing')}: only PLAINTEXT is "
                f"served; name it in listener.security.protocol.map as {name}:PLAINTEXT"
            )
        if any(door.name == name for door in doors):
            raise ConfigError(f"listeners names {name} twice")
        hosts = LOOPBACK if host == "localhost" else (host,)
        doors.append(Door(name, hosts, port))
    if not doors:
        raise ConfigError("listeners names no listener for clients")
    return doors


def _parse_listener(text: str) -> tuple[str, str, int]:
    name, scheme, address = text.partition("://")
    host, colon, port = address.rpartition(":")
    if not scheme or not colon or not port.isdecimal():
        raise ConfigError(f"{text!r} is no listener: it should look like PLAINTEXT://host:9092")
    return name, host.strip("[]"), int(port)


def _listener_text(name: str, host: str, port: int) -> str:
    return f"{name}://{shown_address(host, port)}"


def shown_address(host: str, port: int) -> str:
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def reachable(host: str) -> str:
    """A host to connect to; that of all addresses is none."""
    return "localhost" if host in ("0.0.0.0", "::") else host  # noqa: S104  # shown


def advertised_of(config: BrokerConfig, texts: Iterable[str]) -> dict[str, Address]:
    """What clients are told, by listener: ``advertised.listeners`` (but for those of KRaft's
    controller), and above it ``texts``, each a ``[NAME=]HOST:PORT``; ``auto`` unsays what was said
    before. Raises ConfigError."""
    controllers = config.items("controller.listener.names")
    found = {
        name: (host, port)
        for name, host, port in map(_parse_listener, config.items("advertised.listeners"))
        if name not in controllers
    }
    for text in texts:
        name, equals, address = text.rpartition("=")
        host, colon, port = address.rpartition(":")
        if address == "auto" and equals:
            found.pop(name, None)
        elif address == "auto":
            found.clear()
        elif not colon or not host or not port.isdecimal() or int(port) > MAX_PORT:
            raise ConfigError(f"--advertise {text}: it should look like [NAME=]HOST:PORT, or auto")
        else:
            found[name if equals else DEFAULT_LISTENER] = (host.strip("[]"), int(port))
    for name, (host, _port) in found.items():
        if reachable(host) != host:
            raise ConfigError(f"{name} is advertised as {host}, where nobody can connect to")
    return found


def endpoints_of(doors: Iterable[Door]) -> dict[str, Address]:
    """The fixed addresses that clients are told, by listener, of doors that are open."""
    return {door.name: door.advertised for door in doors if door.advertised is not None}


def tell_doors(
    config: BrokerConfig, endpoints: Mapping[str, Address], listeners: Sequence[Listener]
) -> None:
    """Sets ``listeners`` and ``advertised.listeners`` to the doors as they are, whatever chose
    them, since that is what DescribeConfigs shows."""
    bound = [(listener.name, *listener.address) for listener in listeners]
    told = {name: (reachable(host), port) for name, host, port in reversed(bound)}
    told |= endpoints
    config.set("listeners", ",".join(starmap(_listener_text, bound)))
    config.set(
        "advertised.listeners",
        ",".join(_listener_text(name, *address) for name, address in told.items()),
    )
