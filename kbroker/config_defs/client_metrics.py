"""Every setting of a subscription to clients' metrics (KIP-714)."""

from __future__ import annotations

from kbroker.setting_checks import list_of
from kbroker.settings import INT, LIST, Setting

CLIENT_METRICS_SETTINGS = {
    setting.name: setting
    for setting in (
        Setting("interval.ms", INT, 300000),
        Setting("match", LIST, "", valid=list_of()),
        Setting("metrics", LIST, "", valid=list_of()),
    )
}
