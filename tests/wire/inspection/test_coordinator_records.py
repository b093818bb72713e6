"""The second reading of what coordinators keep agrees with the codecs that brokers serve with, for
each kind of record at each version; and it writes back the bytes that it read."""

from __future__ import annotations

from typing import Any

import pytest

from tests.wire.drawn_messages import as_of, drawn
from wire.inspection.internal_topics import INTERNAL_TOPICS
from wire.inspection.primitives import plain
from wire.internal import (
    consumer_group_records,
    consumer_offsets,
    share_group_records,
    share_group_state,
    streams_group_records,
    transaction_state,
)
from wire.internal.stored import encode_key, encode_value
from wire.schema import Message, Struct
from wire.table import versions_of
from wire.uuids import uuid_from_text

MODULES = {
    "__consumer_offsets": [
        consumer_offsets, consumer_group_records, share_group_records, streams_group_records,
    ],
    "__transaction_state": [transaction_state],
    "__share_group_state": [share_group_state],
}  # fmt: skip
KINDS = [
    pytest.param(topic, cls, getattr(module, cls.__name__.removesuffix("Key") + "Value"),
                 id=cls.__name__.removesuffix("Key"))
    for topic, modules in MODULES.items()
    for module in modules
    for cls in vars(module).values()
    if isinstance(cls, type) and issubclass(cls, Message) and cls.__name__.endswith("Key")
]  # fmt: skip


@pytest.mark.parametrize(("topic", "key_class", "value_class"), KINDS)
def test_both_readings_agree(
    topic: str, key_class: type[Message], value_class: type[Message]
) -> None:
    """Key and value, tagged fields of newer brokers included."""
    stored = INTERNAL_TOPICS[topic]
    for drawn_key, value in zip(drawn(key_class), drawn(value_class), strict=True):
        key = as_of(drawn_key, 0)
        encoded = encode_key(key)
        parsed_key = stored.key.parse(encoded)
        assert_same(key, parsed_key.fields, 0)
        assert stored.key.build(parsed_key) == encoded
        for version in versions_of(value_class):
            expected = as_of(value, version)
            encoded = encode_value(expected, version)
            parsed = stored.values[parsed_key.type].parse(encoded)
            assert_same(expected, parsed.fields, version)
            assert stored.values[parsed_key.type].build(parsed) == encoded


def test_every_kind_is_read() -> None:
    """No reading of what the codecs do not know, and no kind of record without a reading."""
    assert sum(len(stored.values) for stored in INTERNAL_TOPICS.values()) == len(KINDS)


@pytest.mark.parametrize("topic", INTERNAL_TOPICS)
def test_unknown_types_and_versions(topic: str) -> None:
    """Newer brokers may have stored them: their fields are left out."""
    stored = INTERNAL_TOPICS[topic]
    known = next(iter(stored.values.values()))

    assert stored.key.parse(b"\x7f\x00rest").fields is None
    assert known.parse(b"\x7f\x00rest").fields is None


def assert_same(ours: Struct, theirs: Any, version: int) -> None:
    """Fields of a typed message and of a construct; tagged ones may be left out at defaults."""
    tags = {entry.tag: entry.data for entry in theirs.get("tagged_fields") or []}
    for field in ours.__fields__:
        if not field.in_version(version):
            continue
        value = getattr(ours, field.name)
        if field.tag is None:
            assert_same_value(value, theirs[field.name], version)
        elif field.name in tags:
            assert_same_value(value, tags.pop(field.name), version)
        else:
            assert value == field.shared_default()
    assert {int(tag): data for tag, data in tags.items()} == (ours.unknown_tags or {})


def assert_same_value(ours: Any, theirs: Any, version: int) -> None:
    if isinstance(ours, Struct):
        assert_same(ours, theirs, version)
    elif isinstance(ours, list):
        assert len(ours) == len(theirs)
        for left, right in zip(ours, theirs, strict=True):
            assert_same_value(left, right, version)
    elif isinstance(ours, bytes) and isinstance(theirs, str):
        assert ours == uuid_from_text(theirs)
    elif isinstance(ours, int):
        assert ours == int(theirs)
    else:
        assert ours == plain(theirs)
