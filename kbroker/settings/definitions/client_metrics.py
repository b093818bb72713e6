"""Every setting of a subscription to clients' metrics (KIP-714)."""

from __future__ import annotations

from kbroker.settings.setting import INT, LIST, Setting
from kbroker.settings.status import HONOURED
from kbroker.settings.validators import list_of

# fmt: off
CLIENT_METRICS_SETTINGS = {setting.name: setting for setting in (
    Setting("interval.ms", INT, 300000, HONOURED, "How often a client that matches is to send its metrics."),
    Setting("match", LIST, "", HONOURED, "Which clients are meant: conditions of the form parameter=pattern, which all must hold.", valid=list_of()),
    Setting("metrics", LIST, "", HONOURED, "Prefixes of the names of metrics to be sent; * for all, nothing for none.", valid=list_of()),
)}
# fmt: on
