"""Compression codecs of record batches."""

from __future__ import annotations

DEFAULT_LIMIT = 256 << 20


def compress(codec: int, data: bytes) -> bytes:
    raise NotImplementedError


def decompress(codec: int, data: bytes | bytearray | memoryview, limit: int) -> bytes:
    raise NotImplementedError
