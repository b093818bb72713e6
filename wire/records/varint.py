"""Protocol-buffer style integers, zigzag encoded, as records use them (KIP-98)."""

from __future__ import annotations

from wire.errors import CorruptBatch


def read_varint(buffer: bytes | bytearray | memoryview, position: int) -> tuple[int, int]:
    """The number at ``position`` and the position after it.

    Raises IndexError at the end of the buffer, CorruptBatch after ten bytes without an end.
    """
    byte = buffer[position]
    position += 1
    if byte < 0x80:
        return (byte >> 1) ^ -(byte & 1), position
    value = byte & 0x7F
    shift = 7
    while True:
        byte = buffer[position]
        position += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return (value >> 1) ^ -(value & 1), position
        shift += 7
        if shift > 63:
            raise CorruptBatch("a variable-length number does not end")


def append_varint(out: bytearray, value: int) -> None:
    """Appends ``value`` to ``out``."""
    if 0 <= value < 64:
        out.append(value << 1)
        return
    value = value << 1 if value >= 0 else (-value << 1) - 1
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
