"""What each setting is for, and what becomes of it here, in our own words.

The texts are as large as all the rest of a broker that idles, so this is loaded by whoever asks for
them, not at the start. Their names are those of kbroker/config_defs.
"""

from __future__ import annotations

from kbroker.config_docs import (
    brokers_cluster,
    brokers_groups,
    brokers_logs,
    brokers_network,
    brokers_remote,
    brokers_security,
    client_metrics,
    groups,
    topics,
)
from kbroker.config_docs.status import Doc

BROKER_DOCS: dict[str, Doc] = {
    name: doc
    for family in (
        brokers_logs, brokers_groups, brokers_network, brokers_cluster, brokers_security,
        brokers_remote,
    )
    for name, doc in family.DOCS.items()
}  # fmt: skip
TOPIC_DOCS: dict[str, Doc] = topics.DOCS
GROUP_DOCS: dict[str, Doc] = groups.DOCS
CLIENT_METRICS_DOCS: dict[str, Doc] = client_metrics.DOCS
