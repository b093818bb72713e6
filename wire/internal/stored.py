"""Encodes typed records as the keys and values of stored records, and decodes them.

There are two forms. Coordinators (``__consumer_offsets`` and others) put an int16 before key and
value. The metadata log (KIP-631) puts frame version, record type and version before the value, as
varints.
"""

from __future__ import annotations

from typing import TypeVar

from wire.codec import decode, decode_prefix, encode
from wire.errors import MalformedRequest
from wire.primitives import INT16, read_uvarint, write_uvarint
from wire.schema import Message

M = TypeVar("M", bound=Message)

FRAME_VERSION = 1


def encode_key(key: Message) -> bytes:
    record_type = key.__facts__.record_type
    assert record_type is not None
    return INT16.pack(record_type) + encode(key, 0)


def encode_value(value: Message, version: int) -> bytes:
    return INT16.pack(version) + encode(value, version)


def record_type_of(key: bytes) -> int:
    """The record type that starts a coordinator key."""
    if len(key) < 2:
        raise MalformedRequest("a coordinator key of less than two bytes")
    (record_type,) = INT16.unpack_from(key)
    return int(record_type)


def decode_key(cls: type[M], key: bytes) -> M:
    return decode(cls, 0, memoryview(key), 2)


def decode_value(cls: type[M], value: bytes) -> M:
    """Raises MalformedRequest for a version that this build does not know, as for bad bytes."""
    return decode(cls, _known_version(cls, record_type_of(value)), memoryview(value), 2)


def encode_metadata(record: Message, version: int) -> bytes:
    record_type = record.__facts__.record_type
    assert record_type is not None
    head = write_uvarint(FRAME_VERSION) + write_uvarint(record_type) + write_uvarint(version)
    return head + encode(record, version)


def decode_metadata(classes: dict[int, type[Message]], value: bytes) -> Message | None:
    """The typed record, or None where ``classes`` has none of its type."""
    try:
        frame_version, position = read_uvarint(value, 0)
        record_type, position = read_uvarint(value, position)
        version, position = read_uvarint(value, position)
    except IndexError:
        raise MalformedRequest("a metadata record without its header") from None
    if frame_version != FRAME_VERSION:
        raise MalformedRequest(f"frame version {frame_version} of a metadata record")
    cls = classes.get(record_type)
    if cls is None:
        return None
    return decode(cls, _known_version(cls, version), memoryview(value), position)


def encode_blob(message: Message, version: int) -> bytes:
    """An embedded blob (consumer_protocol.py): its version and its fields."""
    return encode_value(message, version)


def decode_blob(cls: type[M], blob: bytes) -> M:
    """Newer versions are read as the newest known one; further bytes are ignored (KIP-54)."""
    version = min(record_type_of(blob), cls.__facts__.last_version)
    return decode_prefix(cls, _known_version(cls, version), memoryview(blob), 2)


def _known_version(cls: type[Message], version: int) -> int:
    facts = cls.__facts__
    if not facts.first_version <= version <= facts.last_version:
        raise MalformedRequest(f"{cls.__name__} of version {version}")
    return version
