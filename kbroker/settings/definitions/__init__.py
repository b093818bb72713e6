"""Every setting of Kafka 4.3.1, a line each.

The files of brokers are ordered as Kafka's classes are, and the lines as in these: of several wrong
values of a broker the first in this order is told.
"""

from __future__ import annotations

from kbroker.settings.definitions.brokers import BROKER_SETTINGS, SINGLE_NODE
from kbroker.settings.definitions.client_metrics import CLIENT_METRICS_SETTINGS
from kbroker.settings.definitions.groups import GROUP_SETTINGS
from kbroker.settings.definitions.plugins import PLUGIN_PREFIXES, PLUGIN_SETTINGS
from kbroker.settings.definitions.topics import TOPIC_SETTINGS

__all__ = [
    "BROKER_SETTINGS",
    "CLIENT_METRICS_SETTINGS",
    "GROUP_SETTINGS",
    "PLUGIN_SETTINGS",
    "SINGLE_NODE",
    "TOPIC_SETTINGS",
    "is_known",
]


def is_known(name: str) -> bool:
    """Whether a broker or a plug-in that Kafka ships has such a setting."""
    return name in BROKER_SETTINGS or name in PLUGIN_SETTINGS or name.startswith(PLUGIN_PREFIXES)
