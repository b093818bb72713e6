"""Kafka's primitive types as constructs."""

from __future__ import annotations

from typing import Any

from construct import (
    Adapter,
    Array,
    Bytes,
    Construct,
    Container,
    ExprAdapter,
    FocusedSeq,
    IfThenElse,
    Int16sb,
    Int32sb,
    Pass,
    Rebuild,
    Struct,
    VarInt,
    ZigZag,
    len_,
    this,
)

NULL = -1


def _nullable(length: Construct) -> Construct:
    """Bytes behind their length, None where that is -1."""
    return ExprAdapter(
        FocusedSeq(
            "data",
            "size" / Rebuild(length, lambda ctx: NULL if ctx.data is None else len(ctx.data)),
            "data" / IfThenElse(this.size < 0, Pass, Bytes(this.size)),
        ),
        lambda data, _: data,
        lambda data, _: data,
    )


class _Text(Adapter):  # type: ignore[misc]  # construct has no types
    def _decode(self, obj: bytes | None, context: Any, path: str) -> str | None:
        return None if obj is None else obj.decode()

    def _encode(self, obj: str | None, context: Any, path: str) -> bytes | None:
        return None if obj is None else obj.encode()


# Flexible versions write a length + 1, so that 0 is null (KIP-482).
CompactLength = ExprAdapter(VarInt, lambda size, _: size - 1, lambda size, _: size + 1)

NullableBytes = _nullable(Int32sb)
NullableString = _Text(_nullable(Int16sb))
CompactNullableString = _Text(_nullable(CompactLength))
CompactNullableBytes = _nullable(CompactLength)
# Keys, values and header values of records in v2 batches.
VarintBytes = _nullable(ZigZag)
VarintString = _Text(VarintBytes)

TaggedField = Struct(
    "tag" / VarInt,
    "size" / Rebuild(VarInt, len_(this.data)),
    "data" / Bytes(this.size),
)
TaggedFields = FocusedSeq(
    "fields",
    "count" / Rebuild(VarInt, len_(this.fields)),
    "fields" / Array(this.count, TaggedField),
)


def array_of(element: Construct, count: Construct = Int32sb) -> Construct:
    """A count, and so many elements."""
    return FocusedSeq(
        "items",
        "count" / Rebuild(count, len_(this.items)),
        "items" / Array(this.count, element),
    )


def plain(parsed: Any) -> Any:
    """What was parsed as dicts and lists, without construct's own entries."""
    if isinstance(parsed, Container):
        return {key: plain(value) for key, value in parsed.items() if not key.startswith("_")}
    if isinstance(parsed, list):
        return [plain(value) for value in parsed]
    return parsed
