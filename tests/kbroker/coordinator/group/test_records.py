from __future__ import annotations

from kbroker.coordinator.group.records import (
    RECORD_TYPES,
    group_tombstone,
    new_group_record,
    offset_commit_record,
    offset_tombstone,
)
from wire.internal.consumer_offsets import OffsetCommitKey, OffsetCommitValue
from wire.internal.stored import encode_key, encode_value

# The bytes below are records of a Kafka 4.3.1, read from its __consumer_offsets.


def test_new_group() -> None:
    """A group that nobody has joined is written as Kafka writes it: value version 3."""
    record = new_group_record("g", 0x0102030405060708)
    assert encode_key(record.key) == b"\0\2\0\1g"
    assert record.value is not None
    assert encode_value(record.value, record.version) == (
        b"\0\3" + b"\0\0" + b"\0\0\0\0" + b"\xff\xff" + b"\xff\xff\1\2\3\4\5\6\7\x08" + b"\0\0\0\0"
    )


def value(**more: int) -> OffsetCommitValue:
    return OffsetCommitValue(
        offset=5, leader_epoch=4, metadata="x", commit_timestamp=9, topic_id=b"\7" * 16, **more
    )


def test_offset() -> None:
    """Offsets are written in version 4, with the topic's id as a tagged field."""
    record = offset_commit_record("g", "t", 3, value())
    assert encode_key(record.key) == b"\0\1\0\1g\0\1t\0\0\0\3"
    assert record.value is not None
    assert encode_value(record.value, record.version) == (
        b"\0\4" + b"\0" * 7 + b"\5" + b"\0\0\0\4" + b"\2x" + b"\0" * 7 + b"\x09"
        b"\1\0\x10" + b"\7" * 16
    )


def test_offset_with_its_own_expiry() -> None:
    """Only version 1 has an expiry time, so offsets that ask for one are written in it."""
    record = offset_commit_record("g", "t", 3, value(expire_timestamp=11))
    assert record.value is not None
    assert encode_value(record.value, record.version) == (
        b"\0\1" + b"\0" * 7 + b"\5" + b"\0\1x" + b"\0" * 7 + b"\x09" + b"\0" * 7 + b"\x0b"
    )


def test_tombstones() -> None:
    """Groups and offsets are forgotten by a null value under their key."""
    assert group_tombstone("g").value is None
    assert encode_key(group_tombstone("g").key) == b"\0\2\0\1g"
    assert offset_tombstone("g", "t", 3).value is None
    assert encode_key(offset_tombstone("g", "t", 3).key) == b"\0\1\0\1g\0\1t\0\0\0\3"


def test_legacy_offsets_are_known() -> None:
    """Offsets of the oldest key version are read like today's."""
    assert RECORD_TYPES[0].key is OffsetCommitKey
