"""The codecs: their framing, their limits, and what they do with damaged bytes."""

from __future__ import annotations

import gzip
import sys

import cramjam
import lz4.frame
import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from wire.errors import CorruptBatch
from wire.records.compression import (
    Compression,
    CompressionUnavailable,
    compress,
    decompress,
)

REAL = [Compression.GZIP, Compression.SNAPPY, Compression.LZ4, Compression.ZSTD]
TEXT = b"the quick brown fox " * 10_000


@pytest.mark.parametrize("codec", list(Compression))
@pytest.mark.parametrize("data", [b"", b"x", TEXT])
def test_round_trip(codec: Compression, data: bytes) -> None:
    assert decompress(codec, memoryview(compress(codec, data))) == data


@pytest.mark.parametrize("codec", REAL)
def test_a_bomb_stops_at_the_limit(codec: Compression) -> None:
    bomb = compress(codec, bytes(4 << 20))
    with pytest.raises(CorruptBatch):
        decompress(codec, bomb, (4 << 20) - 1)
    assert len(decompress(codec, bomb, 4 << 20)) == 4 << 20


@pytest.mark.parametrize("codec", REAL)
@given(data=st.data())
def test_damaged_bytes_are_corrupt_or_something(codec: Compression, data: st.DataObject) -> None:
    damaged = bytearray(compress(codec, TEXT[:3000]))
    for _ in range(data.draw(st.integers(1, 3))):
        position = data.draw(st.integers(0, len(damaged) - 1))
        damaged[position] = data.draw(st.integers(0, 255))
    try:
        decompress(codec, bytes(damaged), 1 << 20)
    except CorruptBatch:
        pass


@pytest.mark.parametrize("codec", REAL)
@given(junk=st.binary(max_size=100))
def test_any_bytes_are_corrupt_or_something(codec: Compression, junk: bytes) -> None:
    try:
        assert len(decompress(codec, junk, 1 << 20)) <= 1 << 20
    except CorruptBatch:
        pass


@pytest.mark.parametrize("codec", [Compression.GZIP, Compression.SNAPPY, Compression.LZ4])
def test_a_stream_that_ends_too_early(codec: Compression) -> None:
    whole = compress(codec, TEXT[:3000])
    for length in range(1, len(whole) - 8):
        if codec is Compression.SNAPPY and length == 16:
            continue  # the header alone is an empty stream
        with pytest.raises(CorruptBatch):
            decompress(codec, whole[:length])


def test_unknown_codecs() -> None:
    with pytest.raises(CorruptBatch):
        decompress(5, b"")


class TestFraming:
    def test_gzip_of_several_members(self) -> None:
        assert decompress(Compression.GZIP, gzip.compress(b"a") + gzip.compress(b"b")) == b"ab"

    def test_snappy_is_written_in_xerial_blocks_and_read_raw_too(self) -> None:
        framed = compress(Compression.SNAPPY, TEXT)
        assert framed[:16] == b"\x82SNAPPY\0\0\0\0\1\0\0\0\1"
        assert decompress(Compression.SNAPPY, framed + framed) == TEXT + TEXT
        raw = bytes(cramjam.snappy.compress_raw(TEXT))
        assert decompress(Compression.SNAPPY, raw) == TEXT

    def test_a_snappy_block_that_claims_too_much(self) -> None:
        with pytest.raises(CorruptBatch):
            decompress(Compression.SNAPPY, b"\xff\xff\xff\x7f" + bytes(20))

    def test_lz4_blocks_are_independent_and_64_kb(self) -> None:
        info = lz4.frame.get_frame_info(compress(Compression.LZ4, TEXT))
        assert info["block_linked"] is False
        assert info["block_size_id"] == lz4.frame.BLOCKSIZE_MAX64KB
        assert info["content_size"] == 0

    def test_zstd_of_several_frames(self) -> None:
        frame = zstandard.compress(b"ab")
        assert decompress(Compression.ZSTD, frame + frame) == b"abab"


@pytest.mark.parametrize(
    ("codec", "module"),
    [
        (Compression.SNAPPY, "cramjam"),
        (Compression.LZ4, "lz4.frame"),
        (Compression.ZSTD, "zstandard"),
    ],
)
def test_a_missing_library_is_named(
    codec: Compression, module: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(CompressionUnavailable, match=module.partition(".")[0]):
        compress(codec, b"x")
