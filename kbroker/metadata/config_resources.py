"""What has settings of its own: topics and brokers, numbered as the protocol does."""

from __future__ import annotations

TOPIC, BROKER = 2, 4
KINDS = (TOPIC, BROKER)
ALL_BROKERS = ""  # stands for the cluster, where a broker's id is expected

Resource = tuple[int, str]  # a kind and a name
