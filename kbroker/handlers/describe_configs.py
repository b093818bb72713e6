"""DescribeConfigs: the settings of topics and brokers, and where their values come from (KIP-133).

v1 adds synonyms (KIP-226), v3 types and documentation (KIP-569). We have no documentation to give.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from kbroker.config import DEFAULT_CONFIG
from kbroker.context import RequestContext
from kbroker.metadata.config_resources import BROKER, TOPIC
from kbroker.metadata.described_configs import (
    ConfigEntry,
    broker_entries,
    cluster_entries,
    topic_entries,
)
from kbroker.metadata.topic_names import validate_topic_name
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
    from kbroker.node import Node


def handle(ctx: RequestContext, request: DescribeConfigsRequest) -> DescribeConfigsResponse:
    return DescribeConfigsResponse(
        results=[
            _described(ctx.node, resource, request.include_synonyms)
            for resource in request.resources
        ]
    )


def _described(
    node: Node, resource: DescribeConfigsResource, include_synonyms: bool
) -> DescribeConfigsResult:
    code, message, entries = ErrorCode.NONE, "", list[ConfigEntry]()
    try:
        entries = list(_entries(node, resource))
    except KafkaError as error:
        code, message = error.code, error.message or ""
    wanted = resource.configuration_keys
    return DescribeConfigsResult(
        error_code=code,
        error_message=message,
        resource_type=resource.resource_type,
        resource_name=resource.resource_name,
        configs=[
            _result(entry, include_synonyms)
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
        _check_broker(name, node.node_id)
        return broker_entries(node.config) if name else cluster_entries(node.config)
    raise KafkaError(ErrorCode.INVALID_REQUEST, INVALID_REQUEST_TEXT)


def _check_broker(name: str, node_id: int) -> None:
    if not name or name == str(node_id):
        return
    if name.lstrip("+-").isdecimal():
        text = f"Unexpected broker id, expected {node_id} or empty string, but received {name}"
    else:
        text = f"Broker id must be an integer, but it is: {name}"
    raise KafkaError(ErrorCode.INVALID_REQUEST, text)


def _result(entry: ConfigEntry, include_synonyms: bool) -> DescribeConfigsResourceResult:
    synonyms = [
        DescribeConfigsSynonym(name=name, value=value, source=source)
        for name, value, source in entry.synonyms
    ]
    return DescribeConfigsResourceResult(
        name=entry.setting.name,
        value=entry.value,
        read_only=entry.read_only,
        is_default=entry.source == DEFAULT_CONFIG,
        config_source=entry.source,
        is_sensitive=entry.is_sensitive,
        synonyms=synonyms if include_synonyms else [],
        config_type=TYPE_CODES[entry.setting.type],
        documentation=None,
    )


def error_response(request: DescribeConfigsRequest, code: ErrorCode) -> DescribeConfigsResponse:
    return DescribeConfigsResponse(
        results=[
            DescribeConfigsResult(
                error_code=code,
                error_message=None,
                resource_type=resource.resource_type,
                resource_name=resource.resource_name,
                configs=[],
            )
            for resource in request.resources
        ]
    )
