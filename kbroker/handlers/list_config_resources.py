"""ListConfigResources: what can have settings of its own (KIP-1142).

v0 asks for client metrics only, of which there are none here.
"""

from __future__ import annotations

from kbroker.context import RequestContext
from kbroker.metadata.config_resources import BROKER, TOPIC
from wire.errors import ErrorCode
from wire.messages.list_config_resources import (
    ConfigResource,
    ListConfigResourcesRequest,
    ListConfigResourcesResponse,
)

ANY_KIND_SINCE = 1
# Kafka's kinds: topics, brokers, loggers of brokers, client metrics, groups.
KNOWN = frozenset((TOPIC, BROKER, 8, 16, 32))


def handle(ctx: RequestContext, request: ListConfigResourcesRequest) -> ListConfigResourcesResponse:
    if not KNOWN.issuperset(request.resource_types):
        return error_response(request, ErrorCode.UNSUPPORTED_VERSION)
    kinds = set(request.resource_types)
    if ctx.api_version >= ANY_KIND_SINCE and not kinds:
        kinds = set(KNOWN)
    found = []
    if BROKER in kinds:
        found.append(ConfigResource(resource_name=str(ctx.node.node_id), resource_type=BROKER))
    if TOPIC in kinds:
        found += [
            ConfigResource(resource_name=topic.name, resource_type=TOPIC)
            for topic in ctx.node.metadata.image.topics()
        ]
    return ListConfigResourcesResponse(error_code=ErrorCode.NONE, config_resources=found)


def error_response(
    _request: ListConfigResourcesRequest, code: ErrorCode
) -> ListConfigResourcesResponse:
    return ListConfigResourcesResponse(error_code=code, config_resources=[])
