"""A callback that fails must not keep the others from running."""

from __future__ import annotations

import logging
from collections.abc import Callable

log = logging.getLogger("kbroker")


def run_isolated(call: Callable[[], object]) -> None:
    """Runs ``call``; a defect in it is logged with its trace, and the caller goes on."""
    try:
        call()
    except Exception:
        log.exception("a defect in a callback")
