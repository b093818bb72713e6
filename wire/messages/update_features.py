"""UpdateFeatures: finalizes feature levels of the cluster (KIP-584).

v1 can validate only and names the kind of an upgrade (KIP-778), v2 has one error for all features,
since they change together or not at all (KIP-1022)."""

from __future__ import annotations

from wire.api_keys import ApiKey
from wire.schema import Message, Struct, array, boolean, int8, int16, int32, string


class FeatureUpdateKey(Struct):
    feature: str = string()
    max_version_level: int = int16()
    allow_downgrade: bool = boolean(until=0, default=False)
    upgrade_type: int = int8(since=1, default=1)


class UpdateFeaturesRequest(Message, api=ApiKey.UPDATE_FEATURES):
    timeout_ms: int = int32(default=60000)
    feature_updates: list[FeatureUpdateKey] = array(FeatureUpdateKey)
    validate_only: bool = boolean(since=1, default=False)


class UpdatableFeatureResult(Struct):
    feature: str = string()
    error_code: int = int16()
    error_message: str | None = string(null_since=0, default="")


class UpdateFeaturesResponse(Message, api=ApiKey.UPDATE_FEATURES):
    throttle_time_ms: int = int32(default=0)
    error_code: int = int16()
    error_message: str | None = string(null_since=0, default="")
    results: list[UpdatableFeatureResult] = array(UpdatableFeatureResult, until=1, default=[])
