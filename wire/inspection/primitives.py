"""Kafka's primitive types as constructs."""

from __future__ import annotations

from typing import Any

from construct import (
    Adapter,
    Array,
    Bytes,
    Construct,
    Container,
    Enum,
    ExprAdapter,
    FocusedSeq,
    GreedyBytes,
    IfThenElse,
    Int8sb,
    Int16sb,
    Int32sb,
    Pass,
    Prefixed,
    Rebuild,
    Struct,
    Switch,
    VarInt,
    ZigZag,
    this,
)

from wire.uuids import uuid_from_text, uuid_to_text

NULL = -1


def _nullable(length: Construct) -> Construct:
    """A length and bytes; None where the length is -1."""
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

Uuid = ExprAdapter(
    Bytes(16), lambda value, _: uuid_to_text(value), lambda text, _: uuid_from_text(text)
)


def array_of(element: Construct, count: Construct = Int32sb) -> Construct:
    """A count, and so many elements; None where the count is -1."""
    return FocusedSeq(
        "items",
        "count" / Rebuild(count, lambda ctx: NULL if ctx["items"] is None else len(ctx["items"])),
        "items" / IfThenElse(this.count < 0, Pass, Array(this.count, element)),
    )


def compact_array_of(element: Construct) -> Construct:
    """An array of a flexible version."""
    return array_of(element, CompactLength)


def nullable(struct: Construct) -> Construct:
    """A byte, 1 or -1 for null, and a struct."""
    return _marked(struct, Int8sb, NULL)


def nullable_tagged(struct: Construct) -> Construct:
    """The same in a tagged field, where Kafka writes null as 0."""
    return _marked(struct, VarInt, 0)


def _marked(struct: Construct, marker: Construct, null: int) -> Construct:
    return FocusedSeq(
        "value",
        "marker" / Rebuild(marker, lambda ctx: null if ctx.value is None else 1),
        "value" / IfThenElse(this.marker <= null, Pass, struct),
    )


def tagged(**known: Construct) -> Construct:
    """Tagged fields (KIP-482), each a tag and data; ``known`` are those of tags 0, 1, ..., and the
    data of others stays bytes."""
    tags = {name: number for number, name in enumerate(known)}
    return array_of(
        Struct(
            "tag" / Enum(VarInt, **tags),
            "data" / Prefixed(VarInt, Switch(this.tag, known, default=GreedyBytes)),
        ),
        VarInt,
    )


TaggedFields = tagged()


def flexible(*fields: Construct, **tags: Construct) -> Construct:
    """The fields of a struct in a flexible version, and the tagged fields after them."""
    return Struct(*fields, "tagged_fields" / tagged(**tags))


def plain(parsed: Any) -> Any:
    """A parsed value as dicts and lists, without construct's own entries."""
    if isinstance(parsed, Container):
        return {key: plain(value) for key, value in parsed.items() if not key.startswith("_")}
    if isinstance(parsed, list):
        return [plain(value) for value in parsed]
    return parsed
