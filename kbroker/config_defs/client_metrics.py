"""Every setting of a subscription to clients' metrics (KIP-714)."""

from __future__ import annotations

from kbroker.settings import INT, LIST, Setting, no_empty_items

CLIENT_METRICS_SETTINGS = {
    setting.name: setting
    for setting in (
        Setting("interval.ms", INT, 300000),
        Setting("match", LIST, "", valid=no_empty_items),
        Setting("metrics", LIST, "", valid=no_empty_items),
    )
}
