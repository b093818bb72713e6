"""Hypothesis strategies made from the message tables themselves."""

from __future__ import annotations

import functools
from typing import Any

from hypothesis import strategies as st

from wire.schema import Field, Message, Struct

_SCALARS: dict[str, st.SearchStrategy[Any]] = {
    "bool": st.booleans(),
    "int8": st.integers(-(1 << 7), (1 << 7) - 1),
    "int16": st.integers(-(1 << 15), (1 << 15) - 1),
    "uint16": st.integers(0, (1 << 16) - 1),
    "int32": st.integers(-(1 << 31), (1 << 31) - 1),
    "int64": st.integers(-(1 << 63), (1 << 63) - 1),
    "float64": st.floats(allow_nan=False),
    "uuid": st.binary(min_size=16, max_size=16),
    "string": st.text(max_size=150),
    "bytes": st.binary(max_size=150),
    "records": st.binary(max_size=150),
}


def _value(field: Field, version: int, flexible: bool) -> st.SearchStrategy[Any]:
    if field.kind == "array":
        values: st.SearchStrategy[Any] = st.lists(_value(field.of, version, flexible), max_size=3)
    elif field.kind == "struct":
        values = structs(field.of, version, flexible)
    else:
        values = _SCALARS[field.kind]
    return values | st.none() if version >= field.null_since else values


@functools.cache
def structs(cls: type[Struct], version: int, flexible: bool) -> st.SearchStrategy[Any]:
    """Instances with every field of this version set, and all others at their defaults."""
    known_tags = {field.tag for field in cls.__fields__ if field.tag is not None}
    present = {
        field.name: _value(field, version, flexible)
        for field in cls.__fields__
        if field.in_version(version)
    }
    required = {
        field.name: st.just([] if field.kind == "array" else field.shared_default())
        for field in cls.__fields__
        if field.required and not field.in_version(version)
    }
    unknown = st.dictionaries(
        st.integers(0, 300).filter(lambda tag: tag not in known_tags),
        st.binary(max_size=20),
        min_size=1,
        max_size=2,
    )

    def build(values: dict[str, Any], tags: dict[int, bytes] | None) -> Any:
        built = cls(**values)
        built.unknown_tags = tags
        return built

    tags: st.SearchStrategy[Any] = st.none() | unknown if flexible else st.none()
    return st.builds(build, st.fixed_dictionaries(present | required), tags)


def messages(cls: type[Message], version: int) -> st.SearchStrategy[Any]:
    return structs(cls, version, version >= cls.__facts__.first_flexible)
