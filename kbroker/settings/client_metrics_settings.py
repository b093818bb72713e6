"""Subscriptions to clients' metrics: which settings they may have, and what these say.

The checks and messages are those of Kafka's ClientMetricsConfigs.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from kbroker.settings.definitions import CLIENT_METRICS_SETTINGS
from kbroker.settings.setting import InvalidValue
from wire.errors import ErrorCode, KafkaError

_PARAMETERS = frozenset(
    {
        "client_instance_id", "client_id", "client_software_name", "client_software_version",
        "client_source_address", "client_source_port",
    }
)  # fmt: skip
_LEAST_MS, _MOST_MS = 100, 3_600_000


class Subscription(NamedTuple):
    """``patterns`` are whole values of what is known of a client; all have to match."""

    metrics: list[str]
    interval_ms: int
    patterns: dict[str, re.Pattern[str]]

    def matches(self, client: Mapping[str, str | None]) -> bool:
        return all(
            (value := client[parameter]) is not None and pattern.fullmatch(value)
            for parameter, pattern in self.patterns.items()
        )


def subscription(given: Mapping[str, str]) -> Subscription:
    """What valid settings say."""
    values: dict[str, Any] = {
        name: setting.parse(given[name]) if name in given else setting.default
        for name, setting in CLIENT_METRICS_SETTINGS.items()
    }
    patterns = filter(None, map(_pattern, _items(values["match"])))
    return Subscription(_items(values["metrics"]), values["interval.ms"], dict(patterns))


def validate_client_metrics_settings(given: Mapping[str, str]) -> None:
    """Raises KafkaError for the first that a subscription cannot have."""
    for name in given:
        if name not in CLIENT_METRICS_SETTINGS:
            raise _wrong(f"Unknown client metrics configuration: {name}")
    try:
        values = {name: CLIENT_METRICS_SETTINGS[name].parse(given[name]) for name in given}
    except InvalidValue as error:
        raise _wrong(str(error), ErrorCode.INVALID_CONFIG) from None
    interval_ms = values.get("interval.ms")
    if isinstance(interval_ms, int) and not _LEAST_MS <= interval_ms <= _MOST_MS:
        raise _wrong(
            f"Invalid value {interval_ms} for interval.ms, interval must be between {_LEAST_MS} "
            f"and {_MOST_MS} (1 hour)"
        )
    for pattern in _items(str(values.get("match") or "")):
        if _pattern(pattern) is None:
            message = f"Illegal client matching pattern: {pattern}"
            raise _wrong(message, ErrorCode.INVALID_CONFIG)


def _items(listed: str) -> list[str]:
    return [item.strip() for item in listed.split(",")] if listed else []


def _pattern(text: str) -> tuple[str, re.Pattern[str]] | None:
    """A parameter of clients, and a regular expression after the only ``=`` but those at the end.

    Java's ``(?<name>`` is ``(?P<name>`` here.
    """
    parameter, _, pattern = text.rstrip("=").partition("=")
    if parameter.strip() not in _PARAMETERS or not pattern or "=" in pattern:
        return None
    try:
        java_free = re.sub(r"\(\?<(?=[A-Za-z])", "(?P<", pattern.strip())
        return parameter.strip(), re.compile(java_free)
    except re.error:
        return None


def _wrong(message: str, code: ErrorCode = ErrorCode.INVALID_REQUEST) -> KafkaError:
    return KafkaError(code, message)
