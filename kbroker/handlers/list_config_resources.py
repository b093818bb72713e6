"""ListConfigResources: what can have settings of its own (KIP-1142).

v0 asks for client metrics only.
"""

from __future__ import annotations

from collections.abc import Iterator

from kbroker.context import RequestContext
from kbroker.node import Node
from kbroker.settings.resources import (
    BROKER,
    BROKER_LOGGER,
    CLIENT_METRICS,
    GROUP,
    TOPIC,
    Resource,
)
from wire.errors import ErrorCode
from wire.messages.list_config_resources import (
    ConfigResource,
    ListConfigResourcesRequest,
    ListConfigResourcesResponse,
)
from wire.schema import first_version_of

ANY_KIND_SINCE = first_version_of(ListConfigResourcesRequest, "resource_types")
KNOWN = frozenset((TOPIC, BROKER, BROKER_LOGGER, CLIENT_METRICS, GROUP))


def handle(ctx: RequestContext, request: ListConfigResourcesRequest) -> ListConfigResourcesResponse:
    if not KNOWN.issuperset(request.resource_types):
        return error_response(request, ErrorCode.UNSUPPORTED_VERSION)
    kinds = {CLIENT_METRICS}
    if ctx.api_version >= ANY_KIND_SINCE:
        kinds = set(request.resource_types) or set(KNOWN)
    return ListConfigResourcesResponse(
        error_code=ErrorCode.NONE,
        config_resources=[
            ConfigResource(resource_name=name, resource_type=kind)
            for kind, name in _resources(ctx.node)
            if kind in kinds
        ],
    )


def _resources(node: Node) -> Iterator[Resource]:
    """Groups and subscriptions are there while they have settings; in the order of their names."""
    image = node.metadata.image
    for kind in (GROUP, CLIENT_METRICS):
        yield from sorted(resource for resource in image.configs if resource[0] == kind)
    for kind in (BROKER_LOGGER, BROKER):
        yield from ((kind, str(broker_id)) for broker_id in image.registered_broker_ids())
    yield from ((TOPIC, topic.name) for topic in image.topics())


def error_response(
    _request: ListConfigResourcesRequest, code: ErrorCode
) -> ListConfigResourcesResponse:
    return ListConfigResourcesResponse(error_code=code, config_resources=[])
