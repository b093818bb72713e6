"""Java's string hash, and the orders in Kafka's answers that follow from it.

``String.hashCode`` decides which partition of an internal topic holds a key, and in which order a
HashMap is iterated. Clients see both: where records are stored, and, for example, which of two
protocols with equal votes is elected.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import reduce
from operator import xor

from wire.integers import MAX_INT32


def string_hash_code(text: str) -> int:
    """``String.hashCode()``: 31-polynomial over UTF-16 code units, as an unsigned 32-bit number."""
    result = 0
    if text.isascii():
        for unit in text.encode():
            result = (31 * result + unit) & 0xFFFFFFFF
        return result
    units = text.encode("utf-16-be", "surrogatepass")
    for position in range(0, len(units), 2):
        unit = units[position] << 8 | units[position + 1]
        result = (31 * result + unit) & 0xFFFFFFFF
    return result


def uuid_hash_code(value: bytes) -> int:
    """``Uuid.hashCode()`` of Kafka, as an unsigned 32-bit number."""
    words = (int.from_bytes(value[at : at + 4], "big") for at in range(0, 16, 4))
    return reduce(xor, words)


def partition_for_key(key: str, partition_count: int) -> int:
    """The partition of a coordinator's topic that holds ``key``: ``Utils.abs(hash) % count``.

    Kafka's ``abs`` takes the hash as signed, and is 0 for the smallest integer.
    """
    code = string_hash_code(key)
    if code >= 1 << 31:
        code = ((1 << 32) - code) & MAX_INT32
    return code % partition_count


def hash_map_order(keys: Iterable[str], capacity: int = 16) -> list[str]:
    """Distinct keys in the order in which a Java HashMap iterates them.

    The number of buckets is a power of two, at least ``capacity``; it doubles when the table is
    more than three quarters full. Keys of one bucket stay in order of insertion.
    """
    distinct = list(dict.fromkeys(keys))
    buckets = 1
    while buckets < capacity or len(distinct) > buckets * 3 // 4:
        buckets *= 2

    def bucket(key: str) -> int:
        code = string_hash_code(key)
        return (code ^ code >> 16) & (buckets - 1)

    return sorted(distinct, key=bucket)
