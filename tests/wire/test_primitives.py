"""Unsigned varints."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wire.errors import MalformedRequest
from wire.primitives import read_uvarint, write_uvarint


@given(st.integers(0, (1 << 32) - 1))
def test_round_trip(value: int) -> None:
    """What is written is read, and ends where it ends."""
    encoded = write_uvarint(value)

    assert read_uvarint(encoded + b"\xff", 0) == (value, len(encoded))


def test_known_values() -> None:
    """The bytes are Kafka's."""
    assert write_uvarint(300) == b"\xac\x02"
    assert write_uvarint(127) == b"\x7f"
    assert write_uvarint(128) == b"\x80\x01"


@pytest.mark.parametrize("data", [b"\x80\x80\x80\x80\x80\x01", b"\xff\xff\xff\xff\x1f"])
def test_too_long(data: bytes) -> None:
    """Five bytes and 32 bits are the most."""
    with pytest.raises(MalformedRequest):
        read_uvarint(data, 0)


def test_cut() -> None:
    """At the end of the buffer it raises as any other read does."""
    with pytest.raises(IndexError):
        read_uvarint(b"\x80", 0)
