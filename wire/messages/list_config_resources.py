"""ListConfigResources: the resources that have settings, by type.

v0, then named ListClientMetricsResources, knows client metrics (16) only (KIP-714); v1 lists any
type (KIP-1142)."""

from __future__ import annotations

from wire.api_keys import ApiKey
from wire.schema import Message, Struct, array, int8, int16, int32, string


class ListConfigResourcesRequest(Message, api=ApiKey.LIST_CONFIG_RESOURCES):
    resource_types: list[int] = array(int8, since=1, default=[])


class ConfigResource(Struct):
    resource_name: str = string()
    resource_type: int = int8(since=1, default=16)


class ListConfigResourcesResponse(Message, api=ApiKey.LIST_CONFIG_RESOURCES):
    throttle_time_ms: int = int32(default=0)
    error_code: int = int16()
    config_resources: list[ConfigResource] = array(ConfigResource)
