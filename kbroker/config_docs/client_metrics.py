"""What the settings of subscriptions to clients' metrics are for."""

from __future__ import annotations

from kbroker.config_docs.status import HONOURED, Doc

# fmt: off
DOCS = {
    "interval.ms": Doc(HONOURED, "How often a client that matches is to send its metrics."),
    "match": Doc(HONOURED, "Which clients are meant: conditions of the form parameter=pattern, which all must hold."),
    "metrics": Doc(HONOURED, "Prefixes of the names of metrics to be sent; * for all, nothing for none."),
}
# fmt: on
