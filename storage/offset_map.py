"""Which offset is the newest of each key, in little memory (Kafka's SkimpyOffsetMap).

Keys are known by 128 bits of their hash: 64 are stored, the others choose the slot. So two keys are
taken for one about as seldom as in Kafka, which stores 128 bits of MD5. Five million keys take
64 MiB.
"""

from __future__ import annotations

from array import array
from hashlib import blake2b
from struct import Struct

_HASH_BYTES = 16
_HALVES = Struct("<QQ")
_SLOTS_PER_KEY = 10 / 9
_NO_KEY = 0


class OffsetMap:
    """At most ``most_keys`` keys of records with offsets from ``base_offset`` on, before
    ``end_offset``.

    ``latest_offset`` is the last offset up to which the map tells the newest of each key.
    """

    __slots__ = ("_base_offset", "_count", "_distances", "_hashes", "_most_keys", "latest_offset")

    def __init__(self, most_keys: int, base_offset: int, end_offset: int) -> None:
        self.latest_offset = -1
        self._base_offset = base_offset
        self._most_keys = most_keys
        self._count = 0
        span = end_offset - base_offset
        slots = int(min(most_keys, span) * _SLOTS_PER_KEY) + 1
        self._hashes = array("Q", [0]) * slots
        # One more than the distance from the base offset; 0 in a slot without a key.
        self._distances = array("I" if span < 1 << 32 else "Q", [_NO_KEY]) * slots

    def __len__(self) -> int:
        return self._count

    @property
    def is_full(self) -> bool:
        return self._count >= self._most_keys

    def put(self, key: bytes, offset: int) -> None:
        """Notes an offset of the key, greater than its earlier ones. The map is not full."""
        slot, stored = self._find(key)
        if self._distances[slot] == _NO_KEY:
            self._count += 1
            self._hashes[slot] = stored
        self._distances[slot] = offset - self._base_offset + 1

    def get(self, key: bytes) -> int:
        """The newest offset of the key, -1 where it is not known."""
        distance = self._distances[self._find(key)[0]]
        return -1 if distance == _NO_KEY else self._base_offset + distance - 1

    def _find(self, key: bytes) -> tuple[int, int]:
        """The slot of the key, or the free one where it belongs, and what is stored there."""
        stored, chosen = _HALVES.unpack(blake2b(key, digest_size=_HASH_BYTES).digest())
        hashes, distances = self._hashes, self._distances
        slot = chosen % len(hashes)
        while distances[slot] != _NO_KEY and hashes[slot] != stored:
            slot += 1
            if slot == len(hashes):
                slot = 0
        return slot, stored
