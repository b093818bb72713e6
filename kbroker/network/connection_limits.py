"""How many connections may be open at once (Kafka's ConnectionQuotas)."""

from __future__ import annotations

import logging
import socket
from collections import Counter
from collections.abc import Callable

from kbroker.settings.broker_settings import BrokerSettings
from kbroker.settings.listeners import PER_IP_OVERRIDES, read_overrides
from kbroker.settings.setting import SettingError

log = logging.getLogger("kbroker")


class ConnectionLimits:
    """Counts the open connections of all listeners. Raises SettingError for a host name that
    does not resolve.

    A connection beyond ``max.connections.per.ip`` is closed. One beyond ``max.connections`` is not
    accepted until another one ends.
    """

    __slots__ = ("_of_host", "_overrides", "_settings", "_total", "_waiting")

    def __init__(self, settings: BrokerSettings) -> None:
        self._settings = settings
        self._overrides = _overrides(settings)
        self._of_host: Counter[str] = Counter()
        self._total = 0
        self._waiting: list[Callable[[], None]] = []

    @property
    def full(self) -> bool:
        return self._total >= self._settings.integer("max.connections")

    def admits(self, host: str) -> bool:
        limit = self._overrides.get(host)
        if limit is None:
            limit = self._settings.integer("max.connections.per.ip")
        return self._of_host[host] < limit

    def opened(self, host: str) -> None:
        self._total += 1
        self._of_host[host] += 1

    def closed(self, host: str) -> None:
        self._total -= 1
        self._of_host[host] -= 1
        if not self._of_host[host]:
            del self._of_host[host]
        self._call_waiting()

    def settings_changed(self) -> None:
        """Takes over new limits, also for connections that are not accepted yet."""
        try:
            self._overrides = _overrides(self._settings)
        except SettingError as error:  # a host name may not resolve any more
            log.warning("%s; the limits stay as they were", error)
        self._call_waiting()

    def _call_waiting(self) -> None:
        waiting, self._waiting = self._waiting, []
        for call in waiting:
            call()

    def when_there_is_room(self, call: Callable[[], None]) -> None:
        """Calls ``call`` once, when a connection has closed or the limits have changed."""
        self._waiting.append(call)


def _overrides(settings: BrokerSettings) -> dict[str, int]:
    limits = read_overrides(settings.text(PER_IP_OVERRIDES))
    return {_address(host): limit for host, limit in limits.items()}


def _address(host: str) -> str:
    """The address of a host name; the IPv4 one of several, as in Java. Raises SettingError."""
    try:
        found = socket.getaddrinfo(host, 0, type=socket.SOCK_STREAM)
    except OSError as error:
        raise SettingError(f"{PER_IP_OVERRIDES}: {host}: {error.strerror}") from None
    addresses = {family: str(address[0]) for family, _, _, _, address in reversed(found)}
    return addresses.get(socket.AF_INET, str(found[0][4][0]))
