"""DescribeConfigs: the settings of topics, brokers and groups (KIP-133).

v1 tells where a value comes from and which others it hides (KIP-226); v0 knew only whether it is
the default. v3 adds types and documentation (KIP-569)."""

from __future__ import annotations

from wire.api_keys import ApiKey
from wire.schema import Message, Struct, array, boolean, int8, int16, int32, string


class DescribeConfigsResource(Struct):
    resource_type: int = int8()
    resource_name: str = string()
    configuration_keys: list[str] | None = array(string, null_since=0)


class DescribeConfigsRequest(Message, api=ApiKey.DESCRIBE_CONFIGS):
    resources: list[DescribeConfigsResource] = array(DescribeConfigsResource)
    include_synonyms: bool = boolean(since=1, default=False)
    include_documentation: bool = boolean(since=3, default=False)


class DescribeConfigsSynonym(Struct):
    name: str = string()
    value: str | None = string(null_since=0)
    source: int = int8()


class DescribeConfigsResourceResult(Struct):
    name: str = string()
    value: str | None = string(null_since=0)
    read_only: bool = boolean()
    is_default: bool = boolean(until=0, default=False)
    config_source: int = int8(since=1, default=-1)
    is_sensitive: bool = boolean()
    synonyms: list[DescribeConfigsSynonym] = array(DescribeConfigsSynonym, since=1, default=[])
    config_type: int = int8(since=3, default=0)
    documentation: str | None = string(since=3, null_since=0, default="")


class DescribeConfigsResult(Struct):
    error_code: int = int16()
    error_message: str | None = string(null_since=0, default="")
    resource_type: int = int8()
    resource_name: str = string()
    configs: list[DescribeConfigsResourceResult] = array(DescribeConfigsResourceResult)


class DescribeConfigsResponse(Message, api=ApiKey.DESCRIBE_CONFIGS):
    throttle_time_ms: int = int32(default=0)
    results: list[DescribeConfigsResult] = array(DescribeConfigsResult)
