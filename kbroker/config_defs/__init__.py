"""The settings of Kafka 4.3.1, written once: name, type, default, which values there can be."""

from __future__ import annotations

from kbroker.config_defs.brokers import BROKER_SETTINGS, SINGLE_NODE
from kbroker.config_defs.topics import TOPIC_SETTINGS

__all__ = ["BROKER_SETTINGS", "SINGLE_NODE", "TOPIC_SETTINGS"]

# The default of a topic setting has to be a value that a topic could have.
for _topic in TOPIC_SETTINGS.values():
    if _topic.broker in BROKER_SETTINGS and BROKER_SETTINGS[_topic.broker].valid is None:
        BROKER_SETTINGS[_topic.broker].valid = _topic.valid
