"""The settings of Kafka 4.3.1, written once: name, type, default, which values there can be."""

from __future__ import annotations

from kbroker.config_defs.brokers import BROKER_SETTINGS, SINGLE_NODE
from kbroker.config_defs.topics import TOPIC_SETTINGS

__all__ = ["BROKER_SETTINGS", "SINGLE_NODE", "TOPIC_SETTINGS"]
