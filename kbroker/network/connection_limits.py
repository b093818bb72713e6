"""How many connections may be open at once, as Kafka's ConnectionQuotas counts them."""

from __future__ import annotations

import logging
import socket
from collections import Counter
from collections.abc import Callable

from kbroker.config import BrokerConfig, ConfigError
from kbroker.listener_rules import PER_IP_OVERRIDES, read_overrides

log = logging.getLogger("kbroker")


class ConnectionLimits:
    """Counts the open connections of all listeners. Raises ConfigError for a name that
    has no address.

    A client beyond ``max.connections.per.ip`` is sent away, one beyond ``max.connections`` waits
    before the door until somebody leaves.
    """

    __slots__ = ("_config", "_of_host", "_overrides", "_total", "_waiting")

    def __init__(self, config: BrokerConfig) -> None:
        self._config = config
        self._overrides = _overrides(config)
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
        self._let_in()

    def settings_changed(self) -> None:
        """Those of brokers: they hold from now on, also for who waits before the door."""
        try:
            self._overrides = _overrides(self._config)
        except ConfigError as error:  # a name, say, that the resolver does not know any more
            log.warning("%s; the limits stay as they were", error)
        self._let_in()

    def _let_in(self) -> None:
        waiting, self._waiting = self._waiting, []
        for call in waiting:
            call()

    def when_there_is_room(self, call: Callable[[], None]) -> None:
        """Calls once, when it is worth looking again: somebody has left, or the limit is another
        one."""
        self._waiting.append(call)


def _overrides(config: BrokerConfig) -> dict[str, int]:
    limits = read_overrides(config.text(PER_IP_OVERRIDES))
    return {_address(host): limit for host, limit in limits.items()}


def _address(host: str) -> str:
    """That of a name; of one that has several the IPv4 one, as in Java. Raises ConfigError."""
    try:
        found = socket.getaddrinfo(host, 0, type=socket.SOCK_STREAM)
    except OSError as error:
        raise ConfigError(f"{PER_IP_OVERRIDES}: {host}: {error.strerror}") from None
    addresses = {family: str(address[0]) for family, _, _, _, address in reversed(found)}
    return addresses.get(socket.AF_INET, str(found[0][4][0]))
