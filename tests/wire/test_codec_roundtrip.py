"""Every version of every message in the table: what is encoded decodes to the same, and whatever
else is decoded is either a message or MalformedRequest.

A drawn message has the fields of all versions; each version is then held against what it keeps."""

from __future__ import annotations

from random import Random

import pytest

from tests.wire.drawn_messages import as_of, drawn
from wire.codec import decode, encode
from wire.errors import MalformedRequest
from wire.schema import Message
from wire.table import api_messages, embedded_messages, versions_of

MESSAGES = [pytest.param(cls, id=cls.__name__) for cls in api_messages() + embedded_messages()]


@pytest.mark.parametrize("cls", MESSAGES)
def test_round_trip(cls: type[Message]) -> None:
    """Decoding what was encoded gives the message back, unknown tagged fields included; and a
    message ends where its frame ends."""
    for message in drawn(cls):
        for version in versions_of(cls):
            expected = as_of(message, version)
            encoded = encode(expected, version)
            assert decode(cls, version, memoryview(encoded)) == expected
            with pytest.raises(MalformedRequest):
                decode(cls, version, memoryview(encoded + b"\0"))


@pytest.mark.parametrize("cls", MESSAGES)
def test_damaged_bytes_are_malformed_or_another_message(cls: type[Message]) -> None:
    """Whatever arrives, nothing but MalformedRequest is raised."""
    random = Random(cls.__name__)
    for message in drawn(cls):
        for version in versions_of(cls):
            damaged = bytearray(encode(as_of(message, version), version))
            if damaged:
                damaged[random.randrange(len(damaged))] = random.choice((0, 1, 127, 128, 255))
                damaged = damaged[: random.choice((len(damaged), random.randrange(len(damaged))))]
            try:
                decode(cls, version, memoryview(bytes(damaged)))
            except MalformedRequest:
                pass
