"""The codecs of record batches, as Kafka frames them.

gzip is Python's. cramjam has the other three and is imported when a batch first needs it. The
frames of snappy and lz4 are written and read here, those of zstd by cramjam. Decompression stops at
a limit, so a small batch cannot use much memory.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator
from enum import IntEnum
from functools import partial

from wire.errors import CorruptBatch

Buffer = bytes | bytearray | memoryview

# The limit of decompression without one of the caller; compressed batches have 1 MB by default.
_DEFAULT_LIMIT = 256 << 20

_WINDOW_BYTES = 1 << 16
_GZIP = 16 + zlib.MAX_WBITS

# snappy-java's stream: a header, then blocks of at most 32 kB with their length (i32).
_XERIAL_MAGIC = b"\x82SNAPPY\x00"
_XERIAL_HEADER = _XERIAL_MAGIC + (1).to_bytes(4) + (1).to_bytes(4)
_XERIAL_BLOCK_BYTES = 32 << 10
# A snappy element expands three bytes to 64 at most; greater lengths are invalid.
_SNAPPY_BEST_RATIO = 64

# An lz4 frame: magic, FLG, BD, perhaps the content size (8 bytes), a checksum byte; then blocks,
# each after its length, and a length of zero at the end.
_LZ4_MAGIC = (0x184D2204).to_bytes(4, "little")
_LZ4_VERSION_MASK, _LZ4_VERSION = 0xC3, 0x40  # the lowest two bits are reserved
_LZ4_INDEPENDENT_BLOCKS, _LZ4_BLOCK_CHECKSUMS, _LZ4_CONTENT_SIZE = 0x20, 0x10, 0x08
_LZ4_BLOCK_BYTES = {0x40: 64 << 10, 0x50: 256 << 10, 0x60: 1 << 20, 0x70: 4 << 20}
_LZ4_STORED = 1 << 31  # in the length of a block: it is not compressed
_LZ4_BEST_RATIO = 255

_ZSTD_ROOM_IS_SHORT = "failed to write whole buffer"  # Rust's io::ErrorKind::WriteZero


class Compression(IntEnum):
    """The codec in the lowest three bits of a batch's attributes."""

    NONE = 0
    GZIP = 1
    SNAPPY = 2
    LZ4 = 3
    ZSTD = 4


LAST_CODEC = max(Compression)


def compress(codec: int, data: Buffer, level: int | None = None) -> bytes:
    """``data`` in the framing that Kafka's clients expect of ``codec``. ``level`` is that codec's
    own; the default is Kafka's."""
    codec = Compression(codec)
    return _COMPRESSORS[codec](data, _DEFAULT_LEVELS.get(codec, 0) if level is None else level)


def decompress(codec: int, data: Buffer, limit: int | None = None) -> bytearray:
    """``data``, decompressed.

    Raises CorruptBatch when it is malformed, expands to more than ``limit`` bytes or uses an
    unknown codec.
    """
    decompressor = _DECOMPRESSORS.get(codec)
    if decompressor is None:
        raise CorruptBatch(f"unknown compression codec {codec}")
    return decompressor(data, _DEFAULT_LIMIT if limit is None else limit)


def _joined(
    windows: Callable[[Buffer, int], Iterator[Buffer]], data: Buffer, limit: int
) -> bytearray:
    expanded = bytearray()  # grows in place: joining the windows would take twice the memory
    for window in windows(data, limit):
        expanded += window
        if len(expanded) > limit:
            raise _too_large(limit)
    return expanded


def _too_large(limit: int) -> CorruptBatch:
    return CorruptBatch(f"a batch expands to more than {limit} bytes")


def _identity(data: Buffer, _level: int) -> bytes:
    return bytes(data)


def _identity_window(data: Buffer, _limit: int) -> Iterator[Buffer]:
    yield data


def _gzip(data: Buffer, level: int) -> bytes:
    compressor = zlib.compressobj(level, wbits=_GZIP)
    return compressor.compress(data) + compressor.flush()


def _gunzip(data: Buffer, _limit: int) -> Iterator[Buffer]:
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
    from cramjam import snappy

    view = memoryview(data)
    parts = [_XERIAL_HEADER]
    for start in range(0, len(view), _XERIAL_BLOCK_BYTES):
        block = bytes(snappy.compress_raw(view[start : start + _XERIAL_BLOCK_BYTES]))
        parts += (len(block).to_bytes(4), block)
    return b"".join(parts)


def _unsnappy(data: Buffer, limit: int) -> Iterator[Buffer]:
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
    from cramjam import DecompressionError, snappy

    try:
        size = snappy.decompress_raw_len(block)
        if size > min(limit, len(block) * _SNAPPY_BEST_RATIO):
            raise CorruptBatch(f"a snappy block claims to expand to {size} bytes")
        return bytes(snappy.decompress_raw(block))
    except DecompressionError as error:
        raise CorruptBatch(f"snappy: {error}") from error


def _lz4(data: Buffer, level: int) -> bytes:
    """Frames of independent blocks of 64 kB: Kafka's reader refuses linked ones."""
    from cramjam import lz4

    # Kafka's default names a level, and means the fast compressor (Lz4BlockOutputStream).
    fast = level == _DEFAULT_LEVELS[Compression.LZ4]
    compressor = lz4.Compressor(
        level=0 if fast else level, content_checksum=False, block_linked=False
    )
    compressor.compress(data)
    return bytes(compressor.finish())


def _unlz4(data: Buffer, _limit: int) -> Iterator[Buffer]:
    """Reads the first frame, as Kafka's Lz4BlockInputStream does, without checking its checksums:
    the batch has its own."""
    from cramjam import DecompressionError, lz4

    view = memoryview(data)
    position, block_bytes, checksum_bytes = _lz4_header(view)
    window = memoryview(bytearray(min(block_bytes, _LZ4_BEST_RATIO * len(view))))
    while True:
        start = position + 4
        if start > len(view):
            raise CorruptBatch("an lz4 frame ends too early")
        length = int.from_bytes(view[position:start], "little")
        size = length & ~_LZ4_STORED
        if not size:
            return
        block = view[start : start + size]
        if not len(block) == size <= block_bytes:
            raise CorruptBatch("an lz4 block does not fit its frame")
        if length & _LZ4_STORED:
            yield block
        else:
            try:
                expanded = lz4.decompress_block_into(block, window, output_len=len(window))
            except DecompressionError as error:
                raise CorruptBatch(f"lz4: {error}") from error
            yield window[:expanded]
        position = start + size + checksum_bytes


def _lz4_header(view: memoryview) -> tuple[int, int, int]:
    """(position of the first block, greatest size of a block, size of a block's checksum)."""
    if len(view) < 7 or view[:4] != _LZ4_MAGIC:
        raise CorruptBatch("no lz4 frame")
    flags, block_bytes = view[4], _LZ4_BLOCK_BYTES.get(view[5])
    if flags & _LZ4_VERSION_MASK != _LZ4_VERSION or block_bytes is None:
        raise CorruptBatch("an lz4 frame of an unknown kind")
    if not flags & _LZ4_INDEPENDENT_BLOCKS:
        raise CorruptBatch("an lz4 frame of linked blocks, which Kafka does not read")
    return (
        15 if flags & _LZ4_CONTENT_SIZE else 7,
        block_bytes,
        4 if flags & _LZ4_BLOCK_CHECKSUMS else 0,
    )


def _zstd(data: Buffer, level: int) -> bytes:
    from cramjam import zstd

    return bytes(zstd.compress(data, level))


def _unzstd(data: Buffer, limit: int) -> bytearray:
    """Decompresses into a buffer of growing size, since cramjam fills a given buffer."""
    from cramjam import DecompressionError, zstd

    room = 4 * len(data) + _WINDOW_BYTES
    while True:
        expanded = bytearray(min(room, limit))
        try:
            size = zstd.decompress_into(data, expanded)
        except DecompressionError as error:
            if str(error) != _ZSTD_ROOM_IS_SHORT:
                raise CorruptBatch(f"zstd: {error}") from error
            if room >= limit:
                raise _too_large(limit) from error
            room *= 4
        else:
            del expanded[size:]
            return expanded


_DEFAULT_LEVELS = {Compression.GZIP: -1, Compression.LZ4: 9, Compression.ZSTD: 3}

_COMPRESSORS: dict[Compression, Callable[[Buffer, int], bytes]] = {
    Compression.NONE: _identity,
    Compression.GZIP: _gzip,
    Compression.SNAPPY: _snappy,
    Compression.LZ4: _lz4,
    Compression.ZSTD: _zstd,
}
_DECOMPRESSORS: dict[int, Callable[[Buffer, int], bytearray]] = {
    Compression.NONE: partial(_joined, _identity_window),
    Compression.GZIP: partial(_joined, _gunzip),
    Compression.SNAPPY: partial(_joined, _unsnappy),
    Compression.LZ4: partial(_joined, _unlz4),
    Compression.ZSTD: _unzstd,
}
