"""CRC-32C (Castagnoli), the checksum of record batches and producer snapshots.

The ``crc32c`` package computes it in hardware (a megabyte in 40 µs). Its top-level package costs
60 ms to import, a fifth of our start-up budget, because it reads its own metadata and builds a
command line; so only its extension module is loaded. Where it is missing a slower table is used.
"""

from __future__ import annotations

from importlib.machinery import PathFinder
from importlib.util import find_spec, module_from_spec
from typing import Protocol

Buffer = bytes | bytearray | memoryview


class Checksum(Protocol):
    def __call__(self, data: Buffer, value: int = 0, /) -> int: ...


_REVERSED_POLYNOMIAL = 0x82F63B78


def _hardware() -> Checksum | None:
    package = find_spec("crc32c")
    if package is None or package.submodule_search_locations is None:
        return None
    spec = PathFinder.find_spec("crc32c._crc32c", package.submodule_search_locations)
    if spec is None or spec.loader is None:
        return None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    function: Checksum = module.crc32c
    return function


def _table() -> list[int]:
    table = []
    for byte in range(256):
        value = byte
        for _ in range(8):
            value = (value >> 1) ^ (_REVERSED_POLYNOMIAL if value & 1 else 0)
        table.append(value)
    return table


def software_crc32c() -> Checksum:
    """The checksum in pure Python, for machines that the ``crc32c`` package does not support."""
    table = _table()

    def checksum(data: Buffer, value: int = 0) -> int:
        crc = value ^ 0xFFFFFFFF
        for byte in data:
            crc = table[(crc ^ byte) & 0xFF] ^ (crc >> 8)
        return crc ^ 0xFFFFFFFF

    return checksum


# The checksum of ``data``, continued from ``value``, the checksum of the bytes before.
crc32c = _hardware() or software_crc32c()
