"""What the commands that talk to a broker share. They use kafka-python, as any program would."""

from __future__ import annotations

import argparse
import logging
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from kafka.errors import KafkaConnectionError, KafkaError, KafkaTimeoutError, for_code

from kbroker.cli import Failure
from kbroker.cli.conversation import addresses_of, answering, no_broker
from kbroker.cli.names import meant_value, no_topic_name, unknown
from wire.errors import ErrorCode

DEFAULT_BOOTSTRAP = "localhost:9092"
# Between two polls that find nothing to do, and between two requests for metadata: kafka-python's
# own 100 ms are most of the time of a command.
BACKOFF_MS = 10


def add_bootstrap(parser: argparse.ArgumentParser) -> None:
    """Under the names that kcat and Kafka's own tools have for it, too."""
    parser.add_argument(
        "-b",
        "--bootstrap",
        "--bootstrap-server",
        dest="bootstrap",
        default=DEFAULT_BOOTSTRAP,
        metavar="HOST:PORT",
        help=f"the broker to connect to (default {DEFAULT_BOOTSTRAP})",
    )


@contextmanager
def talking_to(bootstrap: str) -> Iterator[None]:
    """Turns what goes wrong on the way into one line for the user."""
    addresses_of(bootstrap)
    from kafka.cluster import ClusterMetadata

    # No client passes its own retry_backoff_ms on (kafka-python 3.0.12).
    ClusterMetadata.DEFAULT_CONFIG["retry_backoff_ms"] = BACKOFF_MS
    logging.getLogger("kafka").setLevel(logging.CRITICAL)
    try:
        yield
    except (KafkaConnectionError, KafkaTimeoutError):
        raise no_broker(bootstrap) from None
    except KafkaError as error:
        raise Failure(told(error)) from None


def told(error: KafkaError) -> str:
    """What happened, in one line, without the number that kafka-python puts before it."""
    found = re.sub(r"^\[Error \S+\] ", "", " ".join(str(error).split()))
    described = getattr(error, "description", None)
    return f"{found.removesuffix(': None')}: {described}" if found.endswith(": None") else found


@contextmanager
def admin(bootstrap: str) -> Iterator[Any]:
    there = answering(bootstrap)
    with talking_to(bootstrap):
        from kafka.admin import KafkaAdminClient

        client = KafkaAdminClient(bootstrap_servers=there)
        try:
            yield client
        finally:
            client.close()


def unknown_topic(client: Any, name: str) -> Failure:
    return unknown("topic", name, client.list_topics(), "kbroker topic list names them")


def partitions_of(client: Any, topics: Iterable[str]) -> dict[str, list[int]]:
    """Each topic's partitions. Fails on a topic that does not exist."""
    found: dict[str, list[int]] = {}
    for topic in client.describe_topics(list(topics)):
        if topic["error_code"]:
            raise refused(client, topic["name"], topic["error_code"])
        found[topic["name"]] = sorted(each["partition_index"] for each in topic["partitions"])
    return found


def refused(client: Any, topic: str, error_code: int, message: str | None = None) -> Failure:
    """What a broker says of a topic, as a failure."""
    if error_code == ErrorCode.UNKNOWN_TOPIC_OR_PARTITION:
        return unknown_topic(client, topic)
    if error_code == ErrorCode.INVALID_TOPIC_EXCEPTION and not message:
        return no_topic_name(topic)
    return Failure(f"{topic}: {meant_value(message or for_code(error_code).description)}")
