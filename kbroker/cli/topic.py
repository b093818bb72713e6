"""``kbroker topic``: list, create, describe or delete topics."""

from __future__ import annotations

import argparse
from typing import Any

from kbroker.cli import Failure
from kbroker.cli.client import add_bootstrap, admin, talking_to
from kbroker.cli.serve import parse_topic
from kbroker.config import ConfigError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    for name, summary in (
        ("list", "the names of all topics"),
        ("create", "make topics"),
        ("describe", "partitions and leaders"),
        ("delete", "remove topics with their records"),
    ):
        verb = verbs.add_parser(name, help=summary, description=summary)
        add_bootstrap(verb)
        if name == "create":
            verb.add_argument("topics", nargs="+", metavar="NAME[:PARTITIONS[:KEY=VALUE…]]")
        elif name != "list":
            verb.add_argument("topics", nargs="+" if name == "delete" else "*", metavar="NAME")


def run(arguments: argparse.Namespace) -> int:
    with talking_to(arguments.bootstrap):
        client = admin(arguments.bootstrap)
        try:
            _VERBS[arguments.verb](client, arguments)
        finally:
            client.close()
    return 0


def _list(client: Any, _arguments: argparse.Namespace) -> None:
    for name in sorted(client.list_topics()):
        print(name)


def _create(client: Any, arguments: argparse.Namespace) -> None:
    from kafka.admin import NewTopic

    for text in arguments.topics:
        try:
            topic = parse_topic(text)
        except ConfigError as error:
            raise Failure(str(error).removeprefix("--topic ")) from None
        wanted = NewTopic(
            topic.name,
            topic.partition_count,
            topic.replication_factor,
            topic_configs=topic.configs,
        )
        _check(client.create_topics([wanted], raise_errors=False))


def _check(answer: Any) -> None:
    """Tells the first topic that failed, in the broker's own words."""
    for topic in answer["topics"]:
        if topic["error_code"]:
            raise Failure(f"{topic['name']}: {topic['error_message']}")


def _describe(client: Any, arguments: argparse.Namespace) -> None:
    for topic in client.describe_topics(arguments.topics or None):
        if topic["error_code"]:
            raise Failure(f"there is no topic {topic['name']}")
        print(f"{topic['name']}  id={topic['topic_id']}  partitions={len(topic['partitions'])}")
        for partition in sorted(topic["partitions"], key=lambda found: found["partition_index"]):
            print(
                f"  {partition['partition_index']}  leader={partition['leader_id']}"
                f"  epoch={partition['leader_epoch']}  replicas={partition['replica_nodes']}"
                f"  isr={partition['isr_nodes']}"
            )


def _delete(client: Any, arguments: argparse.Namespace) -> None:
    answer = client.delete_topics(arguments.topics, raise_errors=False)
    _check({"topics": answer["topics"] if "topics" in answer else answer["responses"]})


_VERBS = {"list": _list, "create": _create, "describe": _describe, "delete": _delete}
