"""Variable-length integers."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wire.errors import CorruptBatch
from wire.records.varint import append_varint, read_varint


@pytest.mark.parametrize(
    ("value", "encoded"),
    [(0, b"\0"), (-1, b"\1"), (63, b"\x7e"), (-64, b"\x7f"), (64, b"\x80\1"), (300, b"\xd8\4")],
)
def test_known_values(value: int, encoded: bytes) -> None:
    out = bytearray()
    append_varint(out, value)
    assert out == encoded
    assert read_varint(encoded, 0) == (value, len(encoded))


@given(st.integers(-(2**63), 2**63 - 1))
def test_round_trip(value: int) -> None:
    out = bytearray(b"x")
    append_varint(out, value)
    assert read_varint(bytes(out) + b"x", 1) == (value, len(out))


def test_no_end() -> None:
    with pytest.raises(CorruptBatch):
        read_varint(b"\x80" * 11, 0)
    with pytest.raises(IndexError):
        read_varint(b"\x80" * 3, 0)
