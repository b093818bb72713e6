"""Variable-length integers and the packers that all codecs share.

Unsigned varints are little-endian groups of seven bits, at most 32 bits (Kafka's
``ByteUtils.readUnsignedVarint``); lengths in flexible versions are unsigned varints of length + 1.
"""

from __future__ import annotations

from struct import Struct as _Packer

from wire.errors import MalformedRequest

Buffer = bytes | bytearray | memoryview

INT16 = _Packer(">h")
INT32 = _Packer(">i")

# Nearly all varints have one byte: they are looked up here.
SMALL_UVARINT = tuple(bytes((value,)) for value in range(128))


def read_uvarint(buffer: Buffer, position: int) -> tuple[int, int]:
    """(value, position after it). Raises IndexError at the end of the buffer."""
    value = shift = 0
    while True:
        byte = buffer[position]
        position += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            if value > 0xFFFFFFFF:
                raise MalformedRequest("varint of more than 32 bits")
            return value, position
        shift += 7
        if shift > 28:
            raise MalformedRequest("varint of more than five bytes")


def write_uvarint(value: int) -> bytes:
    if value < 0x80:
        return SMALL_UVARINT[value]
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)
