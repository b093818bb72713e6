"""``kbroker config``: the settings of topics, brokers, groups and client metrics."""

from __future__ import annotations

import argparse
from typing import Any

from kbroker.cli import Failure
from kbroker.cli.client import add_bootstrap
from kbroker.cli.conversation import Conversation, conversation
from kbroker.cli.names import meant_value, unknown
from kbroker.cli.output import add_output, show, table
from kbroker.settings.setting import TYPE_CODES
from kbroker.settings.sources import Source
from wire.errors import ErrorCode
from wire.messages.describe_configs import DescribeConfigsRequest, DescribeConfigsResource
from wire.messages.incremental_alter_configs import (
    AlterableConfig,
    AlterConfigsResource,
    IncrementalAlterConfigsRequest,
)
from wire.messages.metadata import MetadataRequest

# As Kafka's ConfigResource.Type numbers them.
KINDS = {"topic": 2, "broker": 4, "broker-logger": 8, "client-metrics": 16, "group": 32}
TYPES = {code: name for name, code in TYPE_CODES.items()}
ALL_BROKERS = "default"
SET, DELETE = 0, 1


def add_arguments(parser: argparse.ArgumentParser) -> None:
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    for name, (summary, _) in _VERBS.items():
        verb = verbs.add_parser(name, help=summary, description=summary)
        add_bootstrap(verb)
        add_output(verb)
        verb.add_argument("kind", choices=KINDS, metavar="KIND", help=f"one of {', '.join(KINDS)}")
        verb.add_argument(
            "name",
            metavar="NAME",
            help=f"name of the resource; for a broker its id, or {ALL_BROKERS} for all brokers",
        )
        if name == "set":
            verb.add_argument("settings", nargs="+", metavar="KEY=VALUE")
        elif name == "unset":
            verb.add_argument("settings", nargs="+", metavar="KEY")
        else:
            verb.add_argument("settings", nargs="*", metavar="KEY", help="show only these settings")
            verb.add_argument(
                "--all", action="store_true", help="show settings that have default values, too"
            )


def run(arguments: argparse.Namespace) -> int:
    with conversation(arguments.bootstrap) as broker:
        _VERBS[arguments.verb][1](broker, arguments)
    return 0


def _describe(broker: Conversation, arguments: argparse.Namespace) -> None:
    configs = _configs(broker, arguments.kind, _resource_name(arguments))
    for name in arguments.settings:
        if name not in configs:
            raise _unknown(arguments.kind, name, configs)
    chosen = arguments.settings or [
        name
        for name, config in configs.items()
        if arguments.all or config["source"] != Source.DEFAULT_CONFIG.name
    ]
    rows = [configs[name] for name in chosen]
    show(arguments, rows, table(rows, "name", "value", "type", "source", "read_only"))


def _set(broker: Conversation, arguments: argparse.Namespace) -> None:
    changes = []
    for text in arguments.settings:
        name, equals, value = text.partition("=")
        if not equals:
            raise Failure(f"{text!r} should look like KEY=VALUE")
        changes.append(AlterableConfig(name=name.strip(), config_operation=SET, value=value))
    _alter(broker, arguments, changes)


def _unset(broker: Conversation, arguments: argparse.Namespace) -> None:
    changes = [
        AlterableConfig(name=name, config_operation=DELETE, value=None)
        for name in arguments.settings
    ]
    _alter(broker, arguments, changes)


def _alter(
    broker: Conversation, arguments: argparse.Namespace, changes: list[AlterableConfig]
) -> None:
    kind, resource = arguments.kind, _resource_name(arguments)
    known = _configs(broker, kind, resource or _any_broker(broker))
    for change in changes:
        if known and change.name not in known:
            raise _unknown(kind, change.name, known)
    wanted = AlterConfigsResource(
        resource_type=KINDS[kind], resource_name=resource, configs=changes
    )
    request = IncrementalAlterConfigsRequest(resources=[wanted], validate_only=False)
    (answer,) = broker.ask(request).responses
    if answer.error_code:
        reason = answer.error_message or ErrorCode(answer.error_code).name
        raise Failure(meant_value(reason))
    changed = [{"name": change.name, "value": change.value} for change in changes]
    show(arguments, changed, ())


def _configs(broker: Conversation, kind: str, resource: str) -> dict[str, dict[str, Any]]:
    """All settings of a resource. Raises Failure."""
    wanted = DescribeConfigsResource(
        resource_type=KINDS[kind], resource_name=resource, configuration_keys=None
    )
    request = DescribeConfigsRequest(resources=[wanted], include_synonyms=True)
    (answer,) = broker.ask(request).results
    if answer.error_code == ErrorCode.UNKNOWN_TOPIC_OR_PARTITION:
        raise unknown("topic", resource, broker.topic_names(), "kbroker topic list names them")
    if answer.error_code:
        raise Failure(answer.error_message or ErrorCode(answer.error_code).name)
    return {config.name: _shown(config) for config in answer.configs}


def _shown(config: Any) -> dict[str, Any]:
    return {
        "name": config.name,
        "value": config.value,
        "type": TYPES.get(config.config_type),
        "source": Source(config.config_source).name,
        "read_only": config.read_only,
        "sensitive": config.is_sensitive,
        "synonyms": [
            {"name": synonym.name, "value": synonym.value, "source": Source(synonym.source).name}
            for synonym in config.synonyms
        ],
    }


def _resource_name(arguments: argparse.Namespace) -> str:
    name: str = arguments.name
    return "" if arguments.kind == "broker" and name == ALL_BROKERS else name


def _any_broker(broker: Conversation) -> str:
    """The settings of all brokers are those that one has."""
    return str(broker.ask(MetadataRequest(topics=[])).brokers[0].node_id)


def _unknown(kind: str, name: str, known: dict[str, Any]) -> Failure:
    return unknown(f"{kind} setting", name, known, "kbroker config describe --all names them")


_VERBS = {
    "describe": ("show values, and where they come from", _describe),
    "set": ("change settings", _set),
    "unset": ("set settings back to their defaults", _unset),
}
