"""Kafka's uuids: 16 bytes on the wire, 22 characters of URL-safe base64 for people."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from os import urandom

ZERO_UUID = bytes(16)  # stands for "no id" in messages
METADATA_TOPIC_ID = bytes(15) + b"\x01"  # __cluster_metadata
RESERVED = (ZERO_UUID, METADATA_TOPIC_ID)


def random_uuid() -> bytes:
    """A version 4 uuid that is neither reserved nor, as text, looks like a command line option."""
    while True:
        value = bytearray(urandom(16))
        value[6] = value[6] & 0x0F | 0x40
        value[8] = value[8] & 0x3F | 0x80
        if not uuid_to_text(bytes(value)).startswith("-"):
            return bytes(value)


def random_hyphenated_uuid() -> str:
    """As Java prints a random uuid. The standard module for it takes 3 ms to import."""
    text = random_uuid().hex()
    return "-".join((text[:8], text[8:12], text[12:16], text[16:20], text[20:]))


def uuid_to_text(value: bytes) -> str:
    return urlsafe_b64encode(value)[:22].decode()


def uuid_from_text(text: str) -> bytes:
    """Raises ValueError for what is not the text of 16 bytes."""
    value = urlsafe_b64decode(text + "==")
    if len(value) != 16:
        raise ValueError(f"{text!r} is not a uuid: it is {len(value)} bytes long, not 16")
    return value
