"""How many connections may be open at once, as Kafka's ConnectionQuotas counts them."""

from __future__ import annotations

import socket
from collections import Counter
from collections.abc import Callable

from kbroker.config import BrokerConfig, ConfigError

OVERRIDES = "max.connections.per.ip.overrides"


class ConnectionLimits:
    """Counts the open connections of all listeners. Raises ConfigError for overrides that are none.

    A client beyond ``max.connections.per.ip`` is sent away, one beyond ``max.connections`` waits
    before the door until somebody leaves.
    """

    __slots__ = ("_config", "_of_host", "_overrides", "_total", "_waiting")

    def __init__(self, config: BrokerConfig) -> None:
        self._config = config
        self._overrides = dict(map(_parse_override, config.items(OVERRIDES)))
        self._of_host: Counter[str] = Counter()
        self._total = 0
        self._waiting: list[Callable[[], None]] = []

    @property
    def full(self) -> bool:
        return self._total >= self._config.integer("max.connections")

    def admits(self, host: str) -> bool:
        limit = self._overrides.get(host)
        if limit is None:
            limit = self._config.integer("max.connections.per.ip")
        return self._of_host[host] < limit

    def opened(self, host: str) -> None:
        self._total += 1
        self._of_host[host] += 1

    def closed(self, host: str) -> None:
        self._total -= 1
        self._of_host[host] -= 1
        if not self._of_host[host]:
            del self._of_host[host]
        waiting, self._waiting = self._waiting, []
        for call in waiting:
            call()

    def when_one_leaves(self, call: Callable[[], None]) -> None:
        """Calls once, after the next connection is closed."""
        self._waiting.append(call)


def _parse_override(text: str) -> tuple[str, int]:
    """The address and its limit; of a name that has several addresses the IPv4 one, as in Java."""
    host, _, limit = text.rpartition(":")
    try:
        found = socket.getaddrinfo(host.strip("[]"), 0, type=socket.SOCK_STREAM)
        addresses = {family: str(address[0]) for family, _, _, _, address in reversed(found)}
        return addresses.get(socket.AF_INET, str(found[0][4][0])), int(limit)
    except (OSError, ValueError):
        raise ConfigError(f"{OVERRIDES}: {text!r} should look like 10.0.0.1:5") from None
