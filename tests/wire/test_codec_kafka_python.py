"""The same bytes as kafka-python's codec, both ways, wherever it defines the same version.

Its codec is made from Kafka's own definitions, by other people and in another way."""

from __future__ import annotations

import importlib
import pkgutil
import uuid
from typing import Any

import pytest

from tests.wire.drawn_messages import as_of, drawn
from wire.codec import decode, encode
from wire.schema import Message
from wire.table import messages_by_name, versions_of

kafka_protocol = pytest.importorskip("kafka.protocol")

# Its objects turn these bit sets and names into something else, so they are only read and written
# again, not built from our values.
NOT_BUILT = {
    "DescribeClusterResponse": "operations are a set",
    "DescribeGroupsResponse": "operations are a set",
    "MetadataResponse": "operations are a set",
    "TxnOffsetCommitRequest": "the generation has its old name",
}
# Its reader falls back to version 0 of an answer with an error code, as clients may (KIP-511).
NOT_READ = {"ApiVersionsResponse"}


def _their_classes() -> dict[str, Any]:
    from kafka.protocol.api_message import ApiMessage

    for package in ("admin", "consumer", "metadata", "producer"):
        parent = importlib.import_module(f"kafka.protocol.{package}")
        for module in pkgutil.iter_modules(parent.__path__):
            importlib.import_module(f"{parent.__name__}.{module.name}")
    importlib.import_module("kafka.protocol.sasl")
    return {cls.__name__: cls for cls in ApiMessage.__subclasses__()}


THEIRS = _their_classes()
BOTH = sorted(THEIRS.keys() & messages_by_name().keys())


def build(cls: Any, ours: Any, version: int) -> Any:
    """Their object with our values."""
    values = {
        name: _value(field, getattr(ours, name), version)
        for name, field in cls._struct.fields.items()
        if field.for_version_q(version)
    }
    return cls(version=version, **values)


def _value(field: Any, value: Any, version: int) -> Any:
    if value is None:
        return None
    if field.is_struct():
        return build(field.data_class, value, version)
    if field.is_struct_array():
        return [build(field.data_class, item, version) for item in value]
    if field._type_str == "uuid":
        return str(uuid.UUID(bytes=value)) if any(value) else None  # left out only where it is None
    return value


def test_most_messages_are_compared() -> None:
    """Not passing because there was nothing to compare."""
    assert len(BOTH) >= 100


def common_versions(name: str) -> list[int]:
    theirs, ours = THEIRS[name], versions_of(messages_by_name()[name])
    return [one for one in ours if theirs.min_version <= one <= theirs.max_version]


@pytest.mark.parametrize("name", BOTH)
def test_same_bytes(name: str) -> None:
    """What they write of our values is what we write; what they read from it they write again."""
    versions = common_versions(name)
    cls: type[Message] = messages_by_name()[name]
    theirs = THEIRS[name]
    assert versions
    for message in drawn(cls, tame=True):
        for version in versions:
            ours = as_of(message, version)
            encoded = encode(ours, version)
            if name not in NOT_BUILT:
                written = bytes(build(theirs, ours, version).encode(version=version))
                assert written == encoded
                assert decode(cls, version, memoryview(written)) == ours
            if name not in NOT_READ:
                read = theirs.decode(encoded, version=version)
                read._header = None  # their encoder asks for it
                assert bytes(read.encode(version=version)) == encoded
