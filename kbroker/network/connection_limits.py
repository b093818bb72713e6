"""How many connections may be open at once, as Kafka's ConnectionQuotas counts them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from kbroker.config import BrokerConfig


class ConnectionLimits:
    """Counts the open connections of all listeners.

    A client beyond ``max.connections.per.ip`` is sent away, one beyond ``max.connections`` waits
    before the door until somebody leaves.
    """

    __slots__ = ("_config", "_of_host", "_total", "_waiting")

    def __init__(self, config: BrokerConfig) -> None:
        self._config = config
        self._of_host: Counter[str] = Counter()
        self._total = 0
        self._waiting: list[Callable[[], None]] = []

    @property
    def full(self) -> bool:
        return self._total >= self._config.integer("max.connections")

    def admits(self, host: str) -> bool:
        return self._of_host[host] < self._limit_of(host)

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

    def _limit_of(self, host: str) -> int:
        for override in self._config.items("max.connections.per.ip.overrides"):
            address, _, limit = override.rpartition(":")
            if address == host:
                return int(limit)
        return self._config.integer("max.connections.per.ip")
