"""Which settings a group may have, within the bounds that the broker sets (Kafka's GroupConfig)."""

from __future__ import annotations

from collections.abc import Mapping

from kbroker.settings.broker_settings import BrokerSettings
from kbroker.settings.definitions import BROKER_SETTINGS, GROUP_SETTINGS
from kbroker.settings.setting import InvalidValue
from wire.errors import ErrorCode, KafkaError

_PROTOCOLS = ("consumer", "share", "streams")


def validate_group_settings(given: Mapping[str, str], broker: BrokerSettings) -> None:
    """Raises KafkaError(INVALID_CONFIG) for the first that a group cannot have."""
    for name in given:
        if name not in GROUP_SETTINGS:
            raise _invalid(f"Unknown group config name: {name}")
    values: dict[str, int] = {}
    for name, setting in GROUP_SETTINGS.items():
        if name in given:
            try:
                value = setting.parse(given[name])
            except InvalidValue as error:
                raise _invalid(str(error)) from None
            if isinstance(value, int):
                values[name] = value
    for name, value in values.items():
        _check_bounds(name, value, broker)
    for protocol in _PROTOCOLS:
        _check_heartbeats(protocol, values, broker)


def _check_bounds(name: str, value: int, broker: BrokerSettings) -> None:
    protocol, _, what = name.partition(".")
    lowest = f"group.{protocol}.min.{what}"
    highest = f"group.{protocol}.max.{what.removeprefix('num.')}"
    if lowest in BROKER_SETTINGS and value < broker.integer(lowest):
        raise _invalid(f"{name} must be greater than or equal to {lowest}")
    if highest in BROKER_SETTINGS and value > broker.integer(highest):
        raise _invalid(f"{name} must be less than or equal to {highest}")


def _check_heartbeats(protocol: str, values: Mapping[str, int], broker: BrokerSettings) -> None:
    """A member must be able to send one within its session."""
    session, heartbeat = f"{protocol}.session.timeout.ms", f"{protocol}.heartbeat.interval.ms"
    timeout, interval = (
        values.get(name, broker.integer(f"group.{name}")) for name in (session, heartbeat)
    )
    if (session in values or heartbeat in values) and timeout <= interval:
        raise _invalid(f"{session} must be greater than {heartbeat}")


def _invalid(message: str) -> KafkaError:
    return KafkaError(ErrorCode.INVALID_CONFIG, message)
