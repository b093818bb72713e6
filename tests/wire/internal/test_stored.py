"""The two framings of stored records, and embedded blobs."""

from __future__ import annotations

import pytest

from wire.consumer_protocol import ConsumerProtocolSubscription
from wire.errors import MalformedRequest
from wire.internal.cluster_metadata import TopicRecord
from wire.internal.consumer_offsets import GroupMetadataKey, OffsetCommitKey, OffsetCommitValue
from wire.internal.stored import (
    decode_blob,
    decode_key,
    decode_metadata,
    decode_value,
    encode_blob,
    encode_key,
    encode_metadata,
    encode_value,
    record_type_of,
)

TOPIC = TopicRecord(name="t", topic_id=bytes(range(16)))


def test_coordinator_records() -> None:
    """An int16 before key and value: the record's type, and the value's version."""
    key = OffsetCommitKey(group="g", topic="t", partition=3)
    value = OffsetCommitValue(offset=7, metadata="m", commit_timestamp=1)

    assert encode_key(key) == b"\0\x01" + b"\0\x01g" + b"\0\x01t" + b"\0\0\0\x03"
    assert record_type_of(encode_key(key)) == 1
    assert record_type_of(encode_key(GroupMetadataKey(group="g"))) == 2
    assert decode_key(OffsetCommitKey, encode_key(key)) == key
    assert decode_value(OffsetCommitValue, encode_value(value, 3)) == value


@pytest.mark.parametrize("value", [b"", b"\0", b"\0\x63" + bytes(40), b"\0\x03"])
def test_malformed_values(value: bytes) -> None:
    """An unknown version or a cut value is MalformedRequest."""
    with pytest.raises(MalformedRequest):
        decode_value(OffsetCommitValue, value)


def test_metadata_records() -> None:
    """Frame version, type and version stand before the fields, as varints (KIP-631)."""
    encoded = encode_metadata(TOPIC, 0)

    assert encoded[:3] == b"\x01\x02\x00"
    assert decode_metadata({2: TopicRecord}, encoded) == TOPIC
    assert decode_metadata({}, encoded) is None


@pytest.mark.parametrize("value", [b"", b"\x01", b"\x02\x02\x00", b"\x01\x02\x07", b"\x01\x02\x00"])
def test_malformed_metadata(value: bytes) -> None:
    """Another frame version, an unknown version, or a cut record."""
    with pytest.raises(MalformedRequest):
        decode_metadata({2: TopicRecord}, value)


def test_newer_blobs_are_read_as_the_newest_known() -> None:
    """Consumers of the future put more behind what we know, and more is ignored (KIP-54)."""
    subscription = ConsumerProtocolSubscription(topics=["t"], rack_id="r")
    blob = bytearray(encode_blob(subscription, 3))
    blob[:2] = b"\0\x63"

    assert decode_blob(ConsumerProtocolSubscription, bytes(blob) + b"more") == subscription
    with pytest.raises(MalformedRequest):
        decode_blob(ConsumerProtocolSubscription, bytes(blob[:-1]))
