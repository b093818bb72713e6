"""Frames and their headers as constructs."""

from __future__ import annotations

from construct import GreedyBytes, Int16sb, Int32sb, Prefixed, Struct

from wire.inspection.primitives import NullableString, TaggedFields

Frame = Prefixed(Int32sb, GreedyBytes)

RequestHeaderV0 = Struct(
    "request_api_key" / Int16sb, "request_api_version" / Int16sb, "correlation_id" / Int32sb
)
RequestHeaderV1 = Struct(*RequestHeaderV0.subcons, "client_id" / NullableString)
RequestHeaderV2 = Struct(*RequestHeaderV1.subcons, "tagged_fields" / TaggedFields)

ResponseHeaderV0 = Struct("correlation_id" / Int32sb)
ResponseHeaderV1 = Struct(*ResponseHeaderV0.subcons, "tagged_fields" / TaggedFields)
