"""The whole table at once, for tests and tools; a broker imports only what it serves."""

from __future__ import annotations

import importlib

from wire.api_keys import ApiKey
from wire.messages import request_class, response_class
from wire.schema import Message

# Keys that only controllers know: their messages are not in the table.
CONTROLLER_KEYS = frozenset((4, 5, 6, 7, 52, 53, 54, 56, 58, 59, 62, 63, 67, 70, 73, 82))
EMBEDDED = (
    "wire.consumer_protocol",
    "wire.internal.cluster_metadata",
    "wire.internal.consumer_group_records",
    "wire.internal.consumer_offsets",
    "wire.internal.share_group_records",
    "wire.internal.share_group_state",
    "wire.internal.streams_group_records",
    "wire.internal.transaction_state",
)


def api_messages() -> list[type[Message]]:
    """The requests and responses of every key that a broker's listener knows."""
    keys = [key for key in ApiKey if key not in CONTROLLER_KEYS]
    return [of(key) for key in keys for of in (request_class, response_class)]


def embedded_messages() -> list[type[Message]]:
    """The formats inside of requests and records: member blobs, keys and values of own topics."""
    return [
        value
        for name in EMBEDDED
        for value in vars(importlib.import_module(name)).values()
        if isinstance(value, type) and issubclass(value, Message) and value is not Message
    ]


def messages_by_name() -> dict[str, type[Message]]:
    return {cls.__name__: cls for cls in api_messages() + embedded_messages()}


def versions_of(cls: type[Message]) -> range:
    return range(cls.__facts__.first_version, cls.__facts__.last_version + 1)
