"""CRC-32C, in hardware and in Python."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wire.records.crc32c import crc32c, software_crc32c

software = software_crc32c()


@pytest.mark.parametrize(
    ("data", "expected"),
    # RFC 3720, B.4
    [(bytes(32), 0x8A9136AA), (b"\xff" * 32, 0x62A8AB43), (b"123456789", 0xE3069283), (b"", 0)],
)
def test_known_values(data: bytes, expected: int) -> None:
    assert crc32c(data) == software(data, 0) == expected


@given(st.binary(max_size=300), st.binary(max_size=300))
def test_both_agree_and_continue(first: bytes, second: bytes) -> None:
    assert crc32c(second, crc32c(first)) == software(first + second, 0) == crc32c(first + second)
