"""Hypothesis strategies made from the message tables themselves."""

from __future__ import annotations

import functools
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from wire.schema import Field, Message, Struct, blank

# Few examples, since there are many messages, and each example is held against many versions.
QUICK = settings(
    max_examples=8, deadline=None, database=None, derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)  # fmt: skip

_SCALARS: dict[str, st.SearchStrategy[Any]] = {
    "bool": st.booleans(),
    "int8": st.integers(-(1 << 7), (1 << 7) - 1),
    "int16": st.integers(-(1 << 15), (1 << 15) - 1),
    "uint16": st.integers(0, (1 << 16) - 1),
    "int32": st.integers(-(1 << 31), (1 << 31) - 1),
    "int64": st.integers(-(1 << 63), (1 << 63) - 1),
    "float64": st.floats(allow_nan=False),
    "uuid": st.binary(min_size=16, max_size=16),
    "string": st.text(max_size=6) | st.text(max_size=3).map(lambda text: text * 50),
    "bytes": st.binary(max_size=6) | st.binary(max_size=3).map(lambda content: content * 50),
    "records": st.binary(max_size=6) | st.binary(max_size=3).map(lambda content: content * 50),
}
_ZEROS: dict[str, Any] = {"array": [], "string": "", "bytes": b"", "records": b""}
_EVERY_VERSION = None
# What libraries that turn error codes and times into types of their own can hold.
_TAME_INT64 = st.integers(0, 1 << 41)
_TAME_FLOAT64 = st.floats(allow_nan=False, allow_infinity=False)
_TAME_ERROR_CODE = st.integers(0, 100)


def _value(field: Field, version: int | None, tame: bool) -> st.SearchStrategy[Any]:
    if field.kind == "array":
        values: st.SearchStrategy[Any] = st.lists(_value(field.of, version, tame), max_size=3)
    elif field.kind == "struct":
        values = _structs(field.of, version, tame)
    elif tame and field.kind == "int64":
        values = _TAME_INT64
    elif tame and field.kind == "float64":
        values = _TAME_FLOAT64
    elif tame and field.name.endswith("error_code"):
        values = _TAME_ERROR_CODE
    else:
        values = _SCALARS[field.kind]
    may_be_null = field.null_since <= field.until if version is None else field.nullable(version)
    return values | st.none() if may_be_null else values


@functools.cache
def _structs(cls: type[Struct], version: int | None, tame: bool = False) -> st.SearchStrategy[Any]:
    """Instances with every field of a version set, or every field that any version has."""
    known_tags = {field.tag for field in cls.__fields__ if field.tag is not None}
    fields = {
        field.name: _value(field, version, tame)
        if version is None or field.in_version(version)
        else st.just(_zero(field))
        for field in cls.__fields__
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

    tags = st.none() if tame else st.none() | unknown
    return st.builds(build, st.fixed_dictionaries(fields), tags)


def whole_messages(cls: type[Message], tame: bool = False) -> st.SearchStrategy[Any]:
    """Messages with every field that any version has; ``as_of`` gives what a version keeps.

    ``tame``: no unknown tagged fields, no unknown error codes, no time after 2039.
    """
    return _structs(cls, _EVERY_VERSION, tame)


def messages(cls: type[Message], version: int) -> st.SearchStrategy[Any]:
    """Messages with every field of this version, and all others at their defaults."""
    return _structs(cls, version).map(lambda message: as_of(message, version))


def as_of(message: Any, version: int) -> Any:
    """What is left of a message in one version: other fields are at their defaults, nulls that the
    version does not know are empty, and tagged fields are only kept by flexible versions."""
    return _kept(message, version, version >= message.__facts__.first_flexible)


def _kept(struct: Any, version: int, flexible: bool) -> Any:
    values = {
        field.name: _kept_value(field, getattr(struct, field.name), version, flexible)
        if field.in_version(version)
        else _zero(field)
        for field in struct.__fields__
    }
    kept = type(struct)(**values)
    kept.unknown_tags = struct.unknown_tags if flexible else None
    return kept


def _kept_value(field: Field, value: Any, version: int, flexible: bool) -> Any:
    if value is None:
        if field.nullable(version):
            return None
        return blank(field.of) if field.kind == "struct" else _ZEROS[field.kind]
    if field.kind == "array":
        return [_kept_value(field.of, item, version, flexible) for item in value]
    return _kept(value, version, flexible) if field.kind == "struct" else value


def _zero(field: Field) -> Any:
    return [] if field.default == [] else field.shared_default()
