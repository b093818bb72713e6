"""Tells a person that the broker went away, while kafka-python goes on trying in silence."""

from __future__ import annotations

import select
import socket
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from kbroker.cli.raw_client import parse_address

RETRY_S = 1.0


@contextmanager
def watched(bootstrap: str) -> Iterator[None]:
    """Holds a connection of its own: its end is the first sign."""
    ours, theirs = socket.socketpair()
    watcher = threading.Thread(target=_watch, args=(bootstrap, theirs), daemon=True)
    watcher.start()
    try:
        yield
    finally:
        ours.close()
        watcher.join()


def _watch(bootstrap: str, over: socket.socket) -> None:
    told = False
    with over:
        while not select.select([over], [], [], RETRY_S)[0]:
            try:
                with socket.create_connection(parse_address(bootstrap), RETRY_S) as connection:
                    told = False
                    select.select([over, connection], [], [])
            except OSError:
                if not told:
                    print(f"kbroker: no broker answers at {bootstrap}; trying on", file=sys.stderr)
                told = True
