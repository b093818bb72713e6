"""The codecs: their framing, their limits, and what they do with damaged bytes."""

from __future__ import annotations

import gzip
import random
import re
import tomllib
from pathlib import Path

import cramjam
import lz4.frame
import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from wire.errors import CorruptBatch
from wire.records.compression import (
    Compression,
    compress,
    decompress,
)

REAL = [Compression.GZIP, Compression.SNAPPY, Compression.LZ4, Compression.ZSTD]
TEXT = b"the quick brown fox " * 10_000
NUMBERS = random.Random(1).choices(range(1000), k=20_000)
WORDS = b" ".join(b"%d" % number for number in NUMBERS)


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


@pytest.mark.parametrize("codec", REAL)
def test_a_stream_that_ends_too_early(codec: Compression) -> None:
    whole = compress(codec, TEXT[:3000])
    for length in range(1, len(whole) - 8 if codec is Compression.GZIP else len(whole)):
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
        """It is refused before that much memory is taken."""
        with pytest.raises(CorruptBatch, match="claims to expand to 268435455 bytes"):
            decompress(Compression.SNAPPY, b"\xff\xff\xff\x7f" + bytes(20))

    def test_a_snappy_block_just_within_its_limit_and_just_beyond(self) -> None:
        block = bytes(cramjam.snappy.compress_raw(TEXT))
        assert decompress(Compression.SNAPPY, block, len(TEXT)) == TEXT
        with pytest.raises(CorruptBatch, match="claims to expand to 200000 bytes"):
            decompress(Compression.SNAPPY, block, len(TEXT) - 1)

    def test_lz4_blocks_are_independent_and_64_kb(self) -> None:
        info = lz4.frame.get_frame_info(compress(Compression.LZ4, TEXT))
        assert info["block_linked"] is False
        assert info["block_size_id"] == lz4.frame.BLOCKSIZE_MAX64KB
        assert info["content_size"] == 0

    @pytest.mark.parametrize("block", [64, 256, 1024, 4096])
    @pytest.mark.parametrize("checksums", [False, True])
    def test_lz4_frames_of_other_writers(self, block: int, checksums: bool) -> None:
        """Sizes and checksums are theirs to choose; what does not compress is stored."""
        data = random.Random(1).randbytes(70_000) + TEXT * 10
        frame = lz4.frame.compress(
            data,
            block_size={64: 4, 256: 5, 1024: 6, 4096: 7}[block],
            block_linked=False,
            content_checksum=checksums,
            block_checksum=checksums,
            store_size=checksums,
        )
        assert decompress(Compression.LZ4, frame) == data

    def test_after_an_lz4_frame_nothing_is_read(self) -> None:
        """As in Kafka's Lz4BlockInputStream."""
        assert decompress(Compression.LZ4, compress(Compression.LZ4, b"ab") + b"junk") == b"ab"

    def test_lz4_frames_that_kafka_does_not_read(self) -> None:
        linked = lz4.frame.compress(TEXT, block_linked=True)
        good = compress(Compression.LZ4, TEXT)
        version_2, reserved = (good[:4] + bytes([flags]) + good[5:] for flags in (0xB0, 0x72))
        block_size_3 = good[:5] + b"\x30" + good[6:]
        for frame in (linked, version_2, reserved, block_size_3, b"\0" + good[1:]):
            with pytest.raises(CorruptBatch):
                decompress(Compression.LZ4, frame)

    def test_an_lz4_block_larger_than_its_frame_says(self) -> None:
        header = compress(Compression.LZ4, b"")[:7]
        size = (1 << 31 | 65537).to_bytes(4, "little")
        with pytest.raises(CorruptBatch):
            decompress(Compression.LZ4, header + size + bytes(65537) + bytes(4))

    def test_the_default_level_of_lz4_is_the_fast_compressor(self) -> None:
        """Kafka's default names level 9, and means another compressor than level 8."""
        sizes = [len(compress(Compression.LZ4, WORDS, level)) for level in (None, 9, 8)]
        assert sizes[0] == sizes[1] > sizes[2]

    @pytest.mark.parametrize("codec", [Compression.GZIP, Compression.LZ4, Compression.ZSTD])
    def test_levels_count(self, codec: Compression) -> None:
        assert len(compress(codec, WORDS, 1)) != len(compress(codec, WORDS, 8))

    def test_zstd_that_expands_far(self) -> None:
        """With or without its size in the frame's header."""
        compressor = zstandard.ZstdCompressor().compressobj()
        streamed = compressor.compress(bytes(5 << 20)) + compressor.flush()
        for frame in (streamed, zstandard.compress(bytes(5 << 20))):
            assert decompress(Compression.ZSTD, frame) == bytes(5 << 20)

    def test_zstd_of_several_frames(self) -> None:
        frame = zstandard.compress(b"ab")
        assert decompress(Compression.ZSTD, frame + frame) == b"abab"


def test_a_plain_installation_has_every_codec() -> None:
    """What clients can see does not depend on extras: each library is a dependency."""
    root = Path(__file__).parent.parent.parent.parent
    source = (root / "wire" / "records" / "compression.py").read_text()
    libraries = set(re.findall(r"^ +from (\w+)", source, re.MULTILINE))
    project = tomllib.loads((root / "pyproject.toml").read_text())["project"]
    names = {re.split(r"[^\w-]", each)[0] for each in project["dependencies"]}

    assert libraries == {"cramjam"}
    assert libraries <= names
