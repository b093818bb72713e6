from __future__ import annotations

import pytest

from kbroker.java_hashing import hash_map_order, partition_for_key, string_hash_code, uuid_hash_code


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", 0),
        ("hello", 99162322),
        ("polygenelubricants", 0x80000000),
        ("\N{LATIN SMALL LETTER U WITH DIAERESIS}", 0xFC),
        ("\N{GRINNING FACE}", 0xD83D * 31 + 0xDE00),
    ],
)
def test_hash_is_java_s(text: str, code: int) -> None:
    """Strings hash as in Java, by UTF-16 units beyond the BMP."""
    assert string_hash_code(text) == code


@pytest.mark.parametrize(
    ("key", "partition"),
    [
        ("polygenelubricants", 0),  # the smallest integer, of which Kafka's abs makes 0
        ("a" * 300, 14),  # a negative hash; measured on Kafka 4.3.1
        ("hello", 99162322 % 50),
    ],
)
def test_partition_is_kafka_s(key: str, partition: int) -> None:
    """A group lies in the partition where Kafka's own tools look for it."""
    assert partition_for_key(key, 50) == partition


def test_hash_map_order_goes_by_buckets() -> None:
    """Names come in the order of a Java HashMap, as Kafka 4.3.1's votes show it."""
    names = ["range", "roundrobin", "cooperative-sticky", "sticky", "uniform"]
    expected = ["uniform", "sticky", "range", "roundrobin", "cooperative-sticky"]
    assert hash_map_order(names) == expected


def test_hash_map_order_keeps_insertion_within_a_bucket() -> None:
    """Keys with the same hash stay in the order in which they came."""
    assert hash_map_order(["BB", "Aa"]) == ["BB", "Aa"]
    assert hash_map_order(["Aa", "BB"]) == ["Aa", "BB"]


def test_hash_map_order_counts_a_key_once() -> None:
    """A key that comes again is not another entry."""
    assert hash_map_order(["x", "x"]) == ["x"]


def test_hash_map_grows_beyond_three_quarters() -> None:
    """The thirteenth key doubles the table, which takes ``p`` out of the bucket of ``@``."""
    twelve = [chr(ord("a") + number) for number in range(10)] + ["p", "@"]
    assert hash_map_order(twelve)[:2] == ["p", "@"]
    assert hash_map_order([*twelve, "k"])[0] == "@"


def test_uuid_hash_code() -> None:
    """Both halves, and both halves of what remains."""
    value = bytes.fromhex("00000001000000020000000400000008")

    assert uuid_hash_code(value) == 15


def test_hash_map_may_start_small() -> None:
    """``new HashMap<>(2)`` has grown to four buckets when it holds two keys."""
    assert hash_map_order(["e", "b"], 16) == ["b", "e"]
    assert hash_map_order(["b", "e"], 2) == ["e", "b"]
    assert hash_map_order(["b"], 0) == ["b"]
