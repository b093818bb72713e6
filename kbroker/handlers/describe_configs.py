"""DescribeConfigs: the settings of whatever has some, and where their values come from (KIP-133).

v1 adds synonyms (KIP-226), v3 types and documentation (KIP-569).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from kbroker.config import DEFAULT_CONFIG, DYNAMIC_BROKER_LOGGER_CONFIG
from kbroker.context import RequestContext
from kbroker.metadata.config_resources import (
    BROKER,
    BROKER_LOGGER,
    CLIENT_METRICS,
    GROUP,
    TOPIC,
    broker_id,
)
from kbroker.metadata.described_configs import (
    ConfigEntry,
    broker_entries,
    client_metrics_entries,
    cluster_entries,
    group_entries,
    logger_entries,
    topic_entries,
)
from kbroker.metadata.topic_names import validate_topic_name
from kbroker.node import Node
from kbroker.settings import TYPE_CODES
from wire.errors import INVALID_REQUEST_TEXT, ErrorCode, KafkaError
from wire.messages.describe_configs import (
    DescribeConfigsRequest,
    DescribeConfigsResource,
    DescribeConfigsResourceResult,
    DescribeConfigsResponse,
    DescribeConfigsResult,
    DescribeConfigsSynonym,
)

if TYPE_CHECKING:
    from kbroker.config_docs.status import Doc


KINDS = (TOPIC, BROKER, BROKER_LOGGER, CLIENT_METRICS, GROUP)


def handle(ctx: RequestContext, request: DescribeConfigsRequest) -> DescribeConfigsResponse:
    if any(resource.resource_type not in KINDS for resource in request.resources):
        return error_response(request, ErrorCode.INVALID_REQUEST, INVALID_REQUEST_TEXT)
    return DescribeConfigsResponse(
        results=[_described(ctx.node, resource, request) for resource in request.resources]
    )


def _described(
    node: Node, resource: DescribeConfigsResource, request: DescribeConfigsRequest
) -> DescribeConfigsResult:
    code, message, entries = ErrorCode.NONE, "", list[ConfigEntry]()
    try:
        entries = list(_entries(node, resource))
    except KafkaError as error:
        code, message = error.code, error.message or ""
    wanted = resource.configuration_keys
    docs = _docs(resource.resource_type) if request.include_documentation else {}
    return DescribeConfigsResult(
        error_code=code,
        error_message=message,
        resource_type=resource.resource_type,
        resource_name=resource.resource_name,
        configs=[
            _result(entry, docs, include_synonyms=request.include_synonyms)
            for entry in entries
            if not wanted or entry.setting.name in wanted
        ],
    )


def _entries(node: Node, resource: DescribeConfigsResource) -> Iterator[ConfigEntry]:
    name = resource.resource_name
    if resource.resource_type == TOPIC:
        validate_topic_name(name)
        topic = node.metadata.image.topic(name)
        if topic is None:
            raise KafkaError(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION)
        return topic_entries(topic.configs, node.config)
    if resource.resource_type == BROKER:
        _check_broker(name, node.node_id, " or empty string,")
        return broker_entries(node.config) if name else cluster_entries(node.config)
    overrides = node.metadata.image.configs.get((resource.resource_type, name), {})
    if resource.resource_type == GROUP:
        _check_named("Group name", name)
        return group_entries(overrides, node.config)
    if resource.resource_type == CLIENT_METRICS:
        _check_named("Client metrics subscription name", name)
        return client_metrics_entries(overrides)
    _check_named("Broker id", name)
    _check_broker(name, node.node_id, "")
    return logger_entries()


def _check_named(what: str, name: str) -> None:
    if not name:
        raise KafkaError(ErrorCode.INVALID_REQUEST, f"{what} must not be empty")


def _check_broker(name: str, node_id: int, alternative: str) -> None:
    number = broker_id(name)
    if not name or number == node_id:
        return
    if number is not None:
        text = f"Unexpected broker id, expected {node_id}{alternative} but received {name}"
    else:
        text = f"Broker id must be an integer, but it is: {name}"
    raise KafkaError(ErrorCode.INVALID_REQUEST, text)


def _docs(kind: int) -> Mapping[str, Doc]:
    from kbroker import config_docs  # large, and seldom asked for

    return {
        TOPIC: config_docs.TOPIC_DOCS,
        BROKER: config_docs.BROKER_DOCS,
        GROUP: config_docs.GROUP_DOCS,
        CLIENT_METRICS: config_docs.CLIENT_METRICS_DOCS,
    }.get(kind, {})


def _result(
    entry: ConfigEntry, docs: Mapping[str, Doc], *, include_synonyms: bool
) -> DescribeConfigsResourceResult:
    synonyms = [
        DescribeConfigsSynonym(name=name, value=value, source=source)
        for name, value, source in entry.synonyms
    ]
    doc = docs.get(entry.setting.name)
    if doc is not None:
        documentation: str | None = doc.text
    else:
        # Kafka has none for loggers: their text is empty, also if the client does not ask for it.
        documentation = "" if entry.source == DYNAMIC_BROKER_LOGGER_CONFIG else None
    return DescribeConfigsResourceResult(
        name=entry.setting.name,
        value=entry.value,
        read_only=entry.read_only,
        is_default=entry.source == DEFAULT_CONFIG,
        config_source=entry.source,
        is_sensitive=entry.is_sensitive,
        synonyms=synonyms if include_synonyms else [],
        config_type=TYPE_CODES[entry.setting.type],
        documentation=documentation,
    )


def error_response(
    request: DescribeConfigsRequest, code: ErrorCode, message: str | None = None
) -> DescribeConfigsResponse:
    return DescribeConfigsResponse(
        results=[
            DescribeConfigsResult(
                error_code=code,
                error_message=message,
                resource_type=resource.resource_type,
                resource_name=resource.resource_name,
                configs=[],
            )
            for resource in request.resources
        ]
    )
