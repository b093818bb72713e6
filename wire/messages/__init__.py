"""One module per API, named as its handler: the request and the response, and what they hold."""

from __future__ import annotations

import importlib
from functools import cache

from wire.api_keys import ApiKey
from wire.schema import Message


def request_class(key: ApiKey) -> type[Message]:
    return _message_class(key, "Request")


def response_class(key: ApiKey) -> type[Message]:
    return _message_class(key, "Response")


@cache
def _message_class(key: ApiKey, kind: str) -> type[Message]:
    module = importlib.import_module(f"wire.messages.{key.name.lower()}")
    name = key.name.title().replace("_", "") + kind
    found: type[Message] = getattr(module, name)
    return found
