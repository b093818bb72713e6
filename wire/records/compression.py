"""The codecs of record batches, as Kafka frames them.

The libraries are optional and imported when a batch first needs them. Output comes in windows of
at most 64 kB and is counted against a limit, so a small batch cannot make a large demand.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator
from enum import IntEnum
from types import ModuleType

from wire.errors import CorruptBatch

Buffer = bytes | bytearray | memoryview

# What a batch may expand to when the caller knows no better; by default it has 1 MB compressed.
_DEFAULT_LIMIT = 256 << 20

_WINDOW_BYTES = 1 << 16
_GZIP = 16 + zlib.MAX_WBITS

# snappy-java's stream: a header, then blocks of at most 32 kB with their length (i32).
_XERIAL_MAGIC = b"\x82SNAPPY\x00"
_XERIAL_HEADER = _XERIAL_MAGIC + (1).to_bytes(4) + (1).to_bytes(4)
_XERIAL_BLOCK_BYTES = 32 << 10
# No snappy element makes more than 64 bytes of three; a length beyond that is a lie.
_SNAPPY_BEST_RATIO = 64


class Compression(IntEnum):
    """The codec in the lowest three bits of a batch's attributes."""

    NONE = 0
    GZIP = 1
    SNAPPY = 2
    LZ4 = 3
    ZSTD = 4


class CompressionUnavailable(Exception):
    """The library that a codec needs is not installed."""


def compress(codec: int, data: Buffer, level: int | None = None) -> bytes:
    """``data`` in the framing that Kafka's clients expect of ``codec``; ``level`` as that codec
    counts it, by default the one that Kafka takes.

    Raises CompressionUnavailable.
    """
    codec = Compression(codec)
    return _COMPRESSORS[codec](data, _DEFAULT_LEVELS.get(codec, 0) if level is None else level)


def decompress(codec: int, data: Buffer, limit: int | None = None) -> bytearray:
    """What ``data`` expands to.

    Raises CorruptBatch when it is malformed, expands to more than ``limit`` bytes or uses an
    unknown codec, CompressionUnavailable when the codec's library is missing.
    """
    limit = _DEFAULT_LIMIT if limit is None else limit
    windows = _DECOMPRESSORS.get(codec)
    if windows is None:
        raise CorruptBatch(f"unknown compression codec {codec}")
    expanded = bytearray()  # grows in place: joining the windows would take twice the memory
    for window in windows(data, limit):
        expanded += window
        if len(expanded) > limit:
            raise CorruptBatch(f"a batch expands to more than {limit} bytes")
    return expanded


def _library(name: str, codec: Compression) -> ModuleType:
    from importlib import import_module

    try:
        return import_module(name)
    except ImportError as error:
        package = name.partition(".")[0]
        raise CompressionUnavailable(
            f"{codec.name.lower()} needs the package {package} (pip install 'kbroker[compression]')"
        ) from error


def _identity(data: Buffer, _level: int) -> bytes:
    return bytes(data)


def _identity_window(data: Buffer, limit: int) -> Iterator[bytes]:
    yield bytes(data)


def _gzip(data: Buffer, level: int) -> bytes:
    compressor = zlib.compressobj(level, wbits=_GZIP)
    return compressor.compress(data) + compressor.flush()


def _gunzip(data: Buffer, limit: int) -> Iterator[bytes]:
    rest: Buffer = data
    while rest:  # one or several members, as Java's GZIPInputStream reads them
        decompressor = zlib.decompressobj(wbits=_GZIP)
        try:
            while not decompressor.eof:
                window = decompressor.decompress(rest, _WINDOW_BYTES)
                rest = decompressor.unconsumed_tail
                if not window and not rest and not decompressor.eof:
                    raise CorruptBatch("a gzip stream ends too early")
                yield window
        except zlib.error as error:
            raise CorruptBatch(f"gzip: {error}") from error
        rest = decompressor.unused_data


def _snappy(data: Buffer, _level: int) -> bytes:
    compress_raw = _library("cramjam", Compression.SNAPPY).snappy.compress_raw
    view = memoryview(data)
    parts = [_XERIAL_HEADER]
    for start in range(0, len(view), _XERIAL_BLOCK_BYTES):
        block = bytes(compress_raw(view[start : start + _XERIAL_BLOCK_BYTES]))
        parts += (len(block).to_bytes(4), block)
    return b"".join(parts)


def _unsnappy(data: Buffer, limit: int) -> Iterator[bytes]:
    view = memoryview(data)
    if view[: len(_XERIAL_MAGIC)] != _XERIAL_MAGIC:
        yield _unsnappy_block(view, limit)
        return
    position = len(_XERIAL_HEADER)
    if position > len(view):
        raise CorruptBatch("a snappy stream ends within its header")
    while position < len(view):
        # Streams may be concatenated: another header may stand where a length is expected.
        if view[position : position + len(_XERIAL_MAGIC)] == _XERIAL_MAGIC:
            position += len(_XERIAL_HEADER)
            continue
        start = position + 4
        position = start + int.from_bytes(view[position:start], signed=True)
        if not start < position <= len(view):
            raise CorruptBatch("a snappy block does not fit its stream")
        yield _unsnappy_block(view[start:position], limit)


def _unsnappy_block(block: memoryview, limit: int) -> bytes:
    cramjam = _library("cramjam", Compression.SNAPPY)
    snappy = cramjam.snappy
    try:
        size = snappy.decompress_raw_len(block)
        if size > min(limit, len(block) * _SNAPPY_BEST_RATIO):
            raise CorruptBatch(f"a snappy block claims to expand to {size} bytes")
        return bytes(snappy.decompress_raw(block))
    except cramjam.DecompressionError as error:
        raise CorruptBatch(f"snappy: {error}") from error


def _lz4(data: Buffer, level: int) -> bytes:
    frame = _library("lz4.frame", Compression.LZ4)
    # Java's reader refuses linked blocks.
    compressed: bytes = frame.compress(
        data,
        compression_level=level,
        block_size=frame.BLOCKSIZE_MAX64KB,
        block_linked=False,
        store_size=False,
    )
    return compressed


def _unlz4(data: Buffer, limit: int) -> Iterator[bytes]:
    decompressor = _library("lz4.frame", Compression.LZ4).LZ4FrameDecompressor()
    window: bytes = b""
    rest: Buffer = data
    try:
        while not decompressor.eof:
            window = decompressor.decompress(rest, _WINDOW_BYTES)
            rest = b""  # the decompressor keeps what it has not used
            if not window and decompressor.needs_input and not decompressor.eof:
                raise CorruptBatch("an lz4 frame ends too early")
            yield window
    except (RuntimeError, EOFError, ValueError) as error:
        raise CorruptBatch(f"lz4: {error}") from error


def _zstd(data: Buffer, level: int) -> bytes:
    compressor = _library("zstandard", Compression.ZSTD).ZstdCompressor(level)
    compressed: bytes = compressor.compress(data)
    return compressed


def _unzstd(data: Buffer, limit: int) -> Iterator[bytes]:
    zstandard = _library("zstandard", Compression.ZSTD)
    reader = zstandard.ZstdDecompressor().stream_reader(data, read_across_frames=True)
    try:
        while window := reader.read(_WINDOW_BYTES):
            yield window
    except zstandard.ZstdError as error:
        raise CorruptBatch(f"zstd: {error}") from error


_DEFAULT_LEVELS = {Compression.GZIP: -1, Compression.LZ4: 9, Compression.ZSTD: 3}

_COMPRESSORS: dict[Compression, Callable[[Buffer, int], bytes]] = {
    Compression.NONE: _identity,
    Compression.GZIP: _gzip,
    Compression.SNAPPY: _snappy,
    Compression.LZ4: _lz4,
    Compression.ZSTD: _zstd,
}
_DECOMPRESSORS: dict[int, Callable[[Buffer, int], Iterator[bytes]]] = {
    Compression.NONE: _identity_window,
    Compression.GZIP: _gunzip,
    Compression.SNAPPY: _unsnappy,
    Compression.LZ4: _unlz4,
    Compression.ZSTD: _unzstd,
}
