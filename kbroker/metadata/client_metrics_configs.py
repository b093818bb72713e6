"""Subscriptions to clients' metrics: which settings are valid (ClientMetricsConfigs)."""

from __future__ import annotations

import re
from collections.abc import Mapping

from kbroker.config_defs.client_metrics import CLIENT_METRICS_SETTINGS
from kbroker.settings import InvalidValue
from wire.errors import ErrorCode, KafkaError

_PARAMETERS = frozenset(
    {
        "client_instance_id", "client_id", "client_software_name", "client_software_version",
        "client_source_address", "client_source_port",
    }
)  # fmt: skip
_LEAST_MS, _MOST_MS = 100, 3_600_000


def validate_client_metrics_configs(configs: Mapping[str, str]) -> None:
    """Raises KafkaError for the first that a subscription cannot have."""
    for name in configs:
        if name not in CLIENT_METRICS_SETTINGS:
            raise _wrong(f"Unknown client metrics configuration: {name}")
    try:
        values = {name: CLIENT_METRICS_SETTINGS[name].parse(configs[name]) for name in configs}
    except InvalidValue as error:
        raise _wrong(str(error), ErrorCode.INVALID_CONFIG) from None
    interval_ms = values.get("interval.ms")
    if isinstance(interval_ms, int) and not _LEAST_MS <= interval_ms <= _MOST_MS:
        raise _wrong(
            f"Invalid value {interval_ms} for interval.ms, interval must be between {_LEAST_MS} "
            f"and {_MOST_MS} (1 hour)"
        )
    match = str(values.get("match") or "")
    for pattern in (item.strip() for item in match.split(",")) if match else ():
        if not _is_pattern(pattern):
            message = f"Illegal client matching pattern: {pattern}"
            raise _wrong(message, ErrorCode.INVALID_CONFIG)


def _is_pattern(text: str) -> bool:
    """A parameter of clients, and a regular expression after the only ``=`` but those at the end.

    Java's ``(?<name>`` is ``(?P<name>`` here.
    """
    parameter, _, pattern = text.rstrip("=").partition("=")
    if parameter.strip() not in _PARAMETERS or not pattern or "=" in pattern:
        return False
    try:
        re.compile(re.sub(r"\(\?<(?=[A-Za-z])", "(?P<", pattern.strip()))
    except re.error:
        return False
    return True


def _wrong(message: str, code: ErrorCode = ErrorCode.INVALID_REQUEST) -> KafkaError:
    return KafkaError(code, message)
