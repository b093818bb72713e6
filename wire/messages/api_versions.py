"""ApiVersions: which APIs and versions a broker serves, and which features.

v3 tells the client's software, v4 no longer breaks on a feature whose range starts at 0 (KIP-1022),
v5 (Kafka 4.4) checks that the client means this cluster and node (KIP-1242)."""

from __future__ import annotations

from wire.api_keys import ApiKey
from wire.schema import Message, Struct, array, boolean, int16, int32, int64, string


class ApiVersionsRequest(Message, api=ApiKey.API_VERSIONS):
    client_software_name: str = string(since=3, default="")
    client_software_version: str = string(since=3, default="")
    cluster_id: str | None = string(since=5, null_since=5, default=None)
    node_id: int = int32(since=5, default=-1)


class ApiVersion(Struct):
    api_key: int = int16()
    min_version: int = int16()
    max_version: int = int16()


class SupportedFeatureKey(Struct):
    name: str = string()
    min_version: int = int16()
    max_version: int = int16()


class FinalizedFeatureKey(Struct):
    name: str = string()
    max_version_level: int = int16()
    min_version_level: int = int16()


class ApiVersionsResponse(Message, api=ApiKey.API_VERSIONS):
    error_code: int = int16()
    api_keys: list[ApiVersion] = array(ApiVersion)
    throttle_time_ms: int = int32(since=1, default=0)
    supported_features: list[SupportedFeatureKey] = array(
        SupportedFeatureKey, since=3, tag=0, default=[]
    )
    finalized_features_epoch: int = int64(since=3, tag=1, default=-1)
    finalized_features: list[FinalizedFeatureKey] = array(
        FinalizedFeatureKey, since=3, tag=2, default=[]
    )
    zk_migration_ready: bool = boolean(since=3, tag=3, default=False)
