"""A LogConfig with Kafka's defaults and the changes of a test."""

from __future__ import annotations

from typing import Any

from kbroker.settings import topic_settings
from kbroker.settings.broker_settings import BrokerSettings
from storage import LogConfig


def log_config(**changes: Any) -> LogConfig:
    defaults = topic_settings.log_config({}, BrokerSettings())
    return LogConfig(**{name: getattr(defaults, name) for name in LogConfig.__slots__} | changes)
