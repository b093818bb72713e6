"""The newest offset of each key."""

from __future__ import annotations

import sys

from hypothesis import given
from hypothesis import strategies as st

from storage.offset_map import OffsetMap


@given(st.lists(st.binary(max_size=3), max_size=200))
def test_each_key_has_its_newest_offset(keys: list[bytes]) -> None:
    base = 1 << 40
    found = OffsetMap(1000, base, base + len(keys))
    for offset, key in enumerate(keys, base):
        found.put(key, offset)

    assert {key: found.get(key) for key in keys} == {
        key: offset for offset, key in enumerate(keys, base)
    }
    assert len(found) == len(set(keys))


def test_an_unknown_key_has_no_offset() -> None:
    found = OffsetMap(10, 5, 10)
    found.put(b"known", 5)

    assert found.get(b"unknown") == -1
    assert found.get(b"known") == 5


def test_it_is_full_with_the_last_key_that_is_allowed() -> None:
    found = OffsetMap(2, 0, 100)
    found.put(b"a", 0)
    found.put(b"a", 1)
    assert not found.is_full

    found.put(b"b", 2)

    assert found.is_full
    assert [found.get(key) for key in (b"a", b"b", b"c")] == [1, 2, -1]


def test_a_table_without_a_free_slot_is_never_made() -> None:
    """A search for an unknown key ends."""
    for count in range(1, 40):
        found = OffsetMap(count, 0, count)
        for offset in range(count):
            found.put(b"%d" % offset, offset)

        assert found.get(b"unknown") == -1


def test_offsets_far_from_the_base_are_kept() -> None:
    found = OffsetMap(10, 0, 1 << 40)
    found.put(b"a", (1 << 40) - 1)

    assert found.get(b"a") == (1 << 40) - 1


def test_five_million_keys_fit_64_mib() -> None:
    """As many fill Kafka's default buffer of 128 MiB; counted on a hundredth of them."""
    found = OffsetMap(50_000, 0, 1 << 31)

    used = sys.getsizeof(found._hashes) + sys.getsizeof(found._distances)
    assert used * 100 <= 64 << 20
