"""The same bytes, nulls and defaults as kio's codec, wherever it defines the same version.

It has a class for each (message, version), made from Kafka's definitions: reading our bytes into it
and writing them again must give them back."""

from __future__ import annotations

import dataclasses
import importlib
import io
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any, get_args, get_type_hints
from uuid import UUID

import pytest

from tests.wire.drawn_messages import as_of, drawn
from wire.codec import encode
from wire.schema import Field, Message, Struct
from wire.table import api_messages, versions_of
from wire.uuids import ZERO_UUID

serial = pytest.importorskip("kio.serial")
SCHEMA = Path(importlib.import_module("kio.schema").__file__ or "").parent


def kio_versions(cls: type[Message]) -> list[int]:
    """The versions that they define; found by file name, as importing them all takes seconds."""
    folder, file = SCHEMA / api_name(cls), f"{kind(cls)}.py"
    return [one for one in versions_of(cls) if (folder / f"v{one}" / file).exists()]


def kio_class(cls: type[Message], version: int) -> Any:
    module = importlib.import_module(f"kio.schema.{api_name(cls)}.v{version}.{kind(cls)}")
    return getattr(module, cls.__name__)


def api_name(cls: type[Message]) -> str:
    api = cls.__facts__.api
    assert api is not None
    return api.name.lower()


def kind(cls: type[Message]) -> str:
    return "request" if cls.__name__.endswith("Request") else "response"


MESSAGES = [cls for cls in api_messages() if kio_versions(cls)]


def test_most_messages_are_compared() -> None:
    """Not passing because there was nothing to compare."""
    assert len(MESSAGES) >= 120


@pytest.mark.parametrize("cls", MESSAGES)
def test_no_version_is_left_out(cls: type[Message]) -> None:
    folders = (SCHEMA / api_name(cls)).glob(f"v*/{kind(cls)}.py")
    theirs = {int(file.parent.name.removeprefix("v")) for file in folders}

    assert theirs <= set(versions_of(cls))


@pytest.mark.parametrize("cls", MESSAGES)
def test_same_bytes(cls: type[Message]) -> None:
    """Each version is read by them and written again."""
    codecs = []
    for version in kio_versions(cls):
        theirs = kio_class(cls, version)
        codecs.append((version, serial.entity_reader(theirs), serial.entity_writer(theirs)))
    for message in drawn(cls, tame=True):
        for version, read, write in codecs:
            encoded = encode(as_of(message, version), version)
            entity, size = read(encoded, 0)
            buffer = io.BytesIO()
            write(buffer, entity)
            assert size == len(encoded)
            assert buffer.getvalue() == encoded


def fields(
    ours: type[Struct], theirs: Any, version: int
) -> Iterator[tuple[Field, dataclasses.Field[Any], Any]]:
    """(our field, theirs, its type) in the order of the wire, also of the structs inside."""
    types = get_type_hints(theirs)
    present = [field for field in ours.__fields__ if field.in_version(version)]
    for field, known in zip(present, dataclasses.fields(theirs), strict=True):
        yield field, known, types[known.name]
        inner = field.of.of if field.kind == "array" else field.of
        if inner is not None:
            yield from fields(inner, struct_in(types[known.name]), version)


def struct_in(hint: Any) -> Any:
    """The class in "tuple[Class, ...] | None" and the like."""
    if dataclasses.is_dataclass(hint):
        return hint
    return next(filter(None, map(struct_in, get_args(hint))), None)


@pytest.mark.parametrize("cls", MESSAGES)
def test_the_same_may_be_null(cls: type[Message]) -> None:
    """They also have None where the protocol has -1 or a zero id, but never for these kinds."""
    for version in kio_versions(cls):
        for field, known, hint in fields(cls, kio_class(cls, version), version):
            if field.kind in ("string", "bytes", "records", "array", "struct"):
                may_be_null = type(None) in get_args(hint)
                assert field.nullable(version) == may_be_null, (version, known.name)


@pytest.mark.parametrize("cls", MESSAGES)
def test_same_defaults(cls: type[Message]) -> None:
    """What they have none for is zero or null, if it may be left out at all."""
    for version in kio_versions(cls):
        for field, known, _ in fields(cls, kio_class(cls, version), version):
            if field.required or field.kind == "struct":
                continue
            expected = known.default
            if expected is dataclasses.MISSING:
                expected = None if field.default is None else _ZEROS.get(field.kind, 0)
            assert field.default == _plain(expected, field), (version, known.name)


_ZEROS: dict[str, Any] = {
    "string": "", "bytes": b"", "records": b"", "array": [], "uuid": ZERO_UUID,
}  # fmt: skip
_NULLS: dict[str, Any] = {"int64": -1, "uuid": ZERO_UUID}


def _plain(value: Any, field: Field) -> Any:
    if isinstance(value, timedelta):
        return value // timedelta(milliseconds=1)
    if isinstance(value, UUID):
        return value.bytes
    if isinstance(value, tuple):
        return list(value)
    return _NULLS.get(field.kind) if value is None else value
