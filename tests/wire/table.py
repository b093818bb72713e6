"""Every message of the table: requests, responses, embedded blobs and stored records."""

from __future__ import annotations

import importlib

from wire.api_keys import ApiKey
from wire.messages import request_class, response_class
from wire.schema import Message

MODULES = (
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
    found: list[type[Message]] = []
    for key in ApiKey:
        try:
            found += [request_class(key), response_class(key)]
        except ModuleNotFoundError:
            continue  # an API between brokers and controllers
    return found


def embedded_messages() -> list[type[Message]]:
    return [
        value
        for name in MODULES
        for value in vars(importlib.import_module(name)).values()
        if isinstance(value, type) and issubclass(value, Message) and value is not Message
    ]


def versions_of(cls: type[Message]) -> range:
    return range(cls.__facts__.first_version, cls.__facts__.last_version + 1)
