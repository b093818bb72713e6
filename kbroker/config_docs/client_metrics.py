"""What the settings of subscriptions to clients' metrics are for."""

from __future__ import annotations

from kbroker.config_docs.status import STORED, Doc

# fmt: off
DOCS = {
    "interval.ms": Doc(STORED, "How often a client that matches is to send its metrics."),
    "match": Doc(STORED, "Which clients are meant: conditions of the form parameter=pattern, which all must hold."),
    "metrics": Doc(STORED, "Prefixes of the names of metrics to be sent; * for all, nothing for none."),
}
# fmt: on
