"""Kafka's text form of uuids."""

from __future__ import annotations

import pytest

from wire.uuids import METADATA_TOPIC_ID, RESERVED, random_uuid, uuid_from_text, uuid_to_text


def test_text() -> None:
    """16 bytes are 22 characters of URL-safe base64."""
    assert uuid_to_text(METADATA_TOPIC_ID) == "AAAAAAAAAAAAAAAAAAAAAQ"
    assert uuid_from_text("AAAAAAAAAAAAAAAAAAAAAQ") == METADATA_TOPIC_ID


def test_random() -> None:
    """Version 4, never reserved, never like an option."""
    for _ in range(200):
        value = random_uuid()
        assert value not in RESERVED
        assert value[6] >> 4 == 4
        assert not uuid_to_text(value).startswith("-")


@pytest.mark.parametrize("text", ["", "AAAA", "AAAAAAAAAAAAAAAAAAAAAAAAAAAA"])
def test_no_uuid(text: str) -> None:
    """Other lengths are refused."""
    with pytest.raises(ValueError, match="uuid"):
        uuid_from_text(text)
