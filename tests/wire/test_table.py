"""The table as a whole: what is in it, and that nobody loads it by accident."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter

from wire.api_keys import ApiKey
from wire.table import (
    CONTROLLER_KEYS,
    api_messages,
    embedded_messages,
    messages_by_name,
    versions_of,
)

# What a 4.3 or 4.4 broker's listener knows.
LISTENER_KEYS = {
    *range(4), *range(8, 52), 55, 57, 60, 61, *range(64, 67), 68, 69, 71, 72,
    *range(74, 82), *range(83, 95),
}  # fmt: skip


def test_every_key_of_a_listener_is_there() -> None:
    """Request and response, named as the key."""
    apis = {cls.__facts__.api for cls in api_messages()}

    assert {int(api) for api in apis if api is not None} == LISTENER_KEYS
    assert {int(key) for key in ApiKey} == LISTENER_KEYS | CONTROLLER_KEYS
    assert len(api_messages()) == 2 * len(LISTENER_KEYS)


def test_names_are_unique() -> None:
    """A name means one message, so tools find it by name."""
    assert len(messages_by_name()) == len(api_messages()) + len(embedded_messages())


def test_record_types_are_unique_in_their_topic() -> None:
    """Keys of one topic, and metadata records, are told apart by their number."""
    offsets = ("consumer_offsets", "consumer_group_", "share_group_records", "streams_group_")
    numbers = Counter(
        ("__consumer_offsets" if module.startswith(offsets) else module, cls.__facts__.record_type)
        for cls in embedded_messages()
        for module in [cls.__module__.rpartition(".")[2]]
        if cls.__facts__.record_type is not None
    )

    assert {one for one, count in numbers.items() if count > 1} == set()


def test_tags_and_versions_make_sense() -> None:
    """Tagged fields only come with flexible versions, and no two share a tag at one version."""
    for cls in api_messages() + embedded_messages():
        tagged = [field for field in cls.__fields__ if field.tag is not None]
        assert all(field.since >= cls.__facts__.first_flexible for field in tagged), cls
        for version in versions_of(cls):
            tags = [field.tag for field in tagged if field.in_version(version)]
            assert len(tags) == len(set(tags)), (cls, version)


def test_a_broker_loads_only_what_it_serves() -> None:
    """Start-up does not read the messages of APIs that nobody answers."""
    program = (
        "import sys, kbroker.apis, kbroker.broker\n"
        "print(*sorted(name for name in sys.modules if name.startswith('wire.')))"
    )
    loaded = subprocess.check_output([sys.executable, "-c", program], text=True).split()
    messages = [name for name in loaded if name.startswith("wire.messages.")]

    assert "wire.table" not in loaded
    assert 0 < len(messages) <= len(LISTENER_KEYS) // 2
    assert "wire.internal.streams_group_records" not in loaded
