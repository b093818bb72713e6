"""What the commands that talk to a broker share. They use kafka-python, as any program would."""

from __future__ import annotations

import argparse
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from kafka.errors import KafkaConnectionError, KafkaError, KafkaTimeoutError

from kbroker.cli import Failure

DEFAULT_BOOTSTRAP = "localhost:9092"


def add_bootstrap(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--bootstrap",
        default=DEFAULT_BOOTSTRAP,
        metavar="HOST:PORT",
        help=f"the broker to talk to (default {DEFAULT_BOOTSTRAP})",
    )


@contextmanager
def talking_to(bootstrap: str) -> Iterator[None]:
    """Turns what goes wrong on the way into one line for the user."""
    logging.getLogger("kafka").setLevel(logging.CRITICAL)
    try:
        yield
    except (KafkaConnectionError, KafkaTimeoutError):
        raise Failure(f"no broker answers at {bootstrap}") from None
    except KafkaError as error:
        raise Failure(str(error) or type(error).__name__) from None


def admin(bootstrap: str) -> Any:
    from kafka.admin import KafkaAdminClient

    return KafkaAdminClient(bootstrap_servers=bootstrap)
