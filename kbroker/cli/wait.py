"""``kbroker wait``: returns when a broker serves, for scripts and health checks."""

from __future__ import annotations

import argparse
import time

from kbroker.cli import Failure
from kbroker.cli.client import add_bootstrap, talking_to
from kbroker.cli.output import add_output, show
from kbroker.cli.words import seconds, word

RETRY_S = 0.05


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_bootstrap(parser)
    add_output(parser)
    parser.add_argument(
        "--timeout",
        type=seconds,
        default=10,
        metavar="SECONDS",
        help="give up after SECONDS (default 10)",
    )
    parser.add_argument(
        "--topic", type=word, metavar="NAME", help="wait until this topic exists, too"
    )


def run(arguments: argparse.Namespace) -> int:
    from kafka.admin import KafkaAdminClient
    from kafka.errors import KafkaError

    deadline = time.monotonic() + arguments.timeout
    with talking_to(arguments.bootstrap):
        while True:
            try:
                client = KafkaAdminClient(
                    bootstrap_servers=arguments.bootstrap, bootstrap_timeout_ms=1000
                )
                try:
                    topics = client.list_topics()
                finally:
                    client.close()
                if arguments.topic is None or arguments.topic in topics:
                    show(arguments, {"bootstrap": arguments.bootstrap, "topics": topics}, ())
                    return 0
                lacking = f"topic {arguments.topic} at {arguments.bootstrap}"
            except (KafkaError, OSError):
                lacking = f"broker at {arguments.bootstrap}"
            if time.monotonic() >= deadline:
                raise Failure(f"no {lacking} after {arguments.timeout:g} seconds")
            time.sleep(RETRY_S)
