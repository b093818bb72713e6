"""``kbroker topic``: list, create, describe, extend, empty or delete topics."""

from __future__ import annotations

import argparse
import base64
import uuid
from collections.abc import Iterator
from typing import Any

from kbroker.cli import Failure
from kbroker.cli.client import add_bootstrap, admin, partitions_of, refused, unknown_topic
from kbroker.cli.output import add_output, show, show_rows, table
from kbroker.cli.positions import END, Position, offsets_at
from kbroker.cli.serve import parse_topic
from kbroker.cli.words import (
    between,
)
from kbroker.settings.setting import SettingError
from wire.integers import MAX_INT32, MAX_INT64

PARTITION_COLUMNS = (
    "partition", "leader", "leader_epoch", "replicas", "isr", "log_start_offset", "log_end_offset",
)  # fmt: skip


def add_arguments(parser: argparse.ArgumentParser) -> None:
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    for name, (summary, _) in _VERBS.items():
        verb = verbs.add_parser(name, help=summary, description=summary)
        add_bootstrap(verb)
        add_output(verb)
        if name == "create":
            verb.add_argument("topics", nargs="+", metavar="NAME[:PARTITIONS[:KEY=VALUE…]]")
        elif name == "add-partitions":
            verb.add_argument("topic", metavar="NAME")
            verb.add_argument(
                "count",
                type=between(1, MAX_INT32),
                metavar="COUNT",
                help="number of partitions that it will have",
            )
        elif name == "delete-records":
            verb.add_argument("topic", metavar="NAME")
            verb.add_argument(
                "--before",
                type=between(-1, MAX_INT64),
                default=-1,
                metavar="OFFSET",
                help="keep the record at OFFSET and what follows (default: keep nothing)",
            )
            verb.add_argument(
                "--partition", type=int, help="delete only in this partition (default: in all)"
            )
        elif name != "list":
            verb.add_argument("topics", nargs="+" if name == "delete" else "*", metavar="NAME")


def run(arguments: argparse.Namespace) -> int:
    with admin(arguments.bootstrap) as client:
        _VERBS[arguments.verb][1](client, arguments)
    return 0


def _list(client: Any, arguments: argparse.Namespace) -> None:
    names = sorted(client.list_topics())
    show(arguments, names, names)


def _create(client: Any, arguments: argparse.Namespace) -> None:
    from kafka.admin import NewTopic

    try:
        topics = [parse_topic(text) for text in arguments.topics]
    except SettingError as error:  # before any is made
        raise Failure(str(error).removeprefix("--topic ")) from None
    created = []
    for topic in topics:
        wanted = NewTopic(
            topic.name,
            topic.partition_count,
            topic.replication_factor,
            topic_configs=topic.configs,
        )
        answer = client.create_topics([wanted], raise_errors=False)
        _check(client, answer["topics"])
        created += [{"topic": topic.name, "partitions": answer["topics"][0]["num_partitions"]}]
    show(arguments, created, ())


def _check(client: Any, results: Any) -> None:
    """Tells the first topic that failed, in the broker's own words."""
    for topic in results:
        if topic["error_code"]:
            raise refused(client, topic["name"], topic["error_code"], topic["error_message"])


def _describe(client: Any, arguments: argparse.Namespace) -> None:
    described = []
    for topic in client.describe_topics(arguments.topics or None):
        _check(client, [topic | {"error_message": None}])
        described.append(_described(client, topic))
    described.sort(key=lambda topic: topic["topic"])
    show(arguments, described, (line for topic in described for line in _lines(topic)))


def _described(client: Any, topic: Any) -> dict[str, Any]:
    from kafka import TopicPartition
    from kafka.admin import OffsetSpec

    name, partitions = topic["name"], topic["partitions"]
    starts, ends = (
        client.list_partition_offsets(
            {TopicPartition(name, partition["partition_index"]): spec for partition in partitions}
        )
        for spec in (OffsetSpec.EARLIEST, OffsetSpec.LATEST)
    )
    return {
        "topic": name,
        "topic_id": _kafkas(topic["topic_id"]),
        "internal": topic["is_internal"],
        "partitions": [
            {
                "partition": partition["partition_index"],
                "leader": partition["leader_id"],
                "leader_epoch": partition["leader_epoch"],
                "replicas": partition["replica_nodes"],
                "isr": partition["isr_nodes"],
                "log_start_offset": starts[TopicPartition(name, partition["partition_index"])][0],
                "log_end_offset": ends[TopicPartition(name, partition["partition_index"])][0],
            }
            for partition in sorted(partitions, key=lambda found: found["partition_index"])
        ],
    }


def _kafkas(topic_id: str) -> str:
    """An id in the letters that Kafka's tools and files have for it."""
    return base64.urlsafe_b64encode(uuid.UUID(str(topic_id)).bytes).decode().rstrip("=")


def _lines(topic: dict[str, Any]) -> Iterator[str]:
    partitions = topic["partitions"]
    yield f"{topic['topic']}  id={topic['topic_id']}  partitions={len(partitions)}"
    for line in table(partitions, *PARTITION_COLUMNS):
        yield f"  {line}"


def _add_partitions(client: Any, arguments: argparse.Namespace) -> None:
    answer = client.create_partitions({arguments.topic: arguments.count}, raise_errors=False)
    _check(client, answer.to_dict()["results"])
    show(arguments, {"topic": arguments.topic, "partitions": arguments.count}, ())


def _delete_records(client: Any, arguments: argparse.Namespace) -> None:
    from kafka import TopicPartition

    there = partitions_of(client, [arguments.topic])[arguments.topic]
    if arguments.partition is not None and arguments.partition not in there:
        raise Failure(f"{arguments.topic} has no partition {arguments.partition}, but {there}")
    wanted = there if arguments.partition is None else [arguments.partition]
    chosen = [TopicPartition(arguments.topic, partition) for partition in wanted]
    ends = offsets_at(client, Position(END), chosen)
    for each, end in ends.items():
        if arguments.before > end:
            raise Failure(f"--before {arguments.before}: partition {each.partition} ends at {end}")
    deleted = client.delete_records(dict.fromkeys(chosen, arguments.before))
    rows = [
        {"topic": topic, "partition": partition, "low_watermark": result["low_watermark"]}
        for (topic, partition), result in sorted(deleted.items())
    ]
    show_rows(arguments, rows)


def _delete(client: Any, arguments: argparse.Namespace) -> None:
    there = client.list_topics()
    for name in arguments.topics:
        if name not in there:
            raise unknown_topic(client, name)  # before any is deleted
    answer = client.delete_topics(arguments.topics, raise_errors=False)
    _check(client, answer["topics"] if "topics" in answer else answer["responses"])
    show(arguments, [{"topic": name} for name in arguments.topics], ())


_VERBS = {
    "list": ("list the names of all topics", _list),
    "create": ("create topics", _create),
    "describe": ("show partitions, leaders and offsets", _describe),
    "add-partitions": ("add partitions to a topic", _add_partitions),
    "delete-records": (
        "delete the records of a topic, all or those before an offset",
        _delete_records,
    ),
    "delete": ("delete topics with their records", _delete),
}
