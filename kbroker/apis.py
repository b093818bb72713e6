"""THE list of what this broker serves: key, handler, versions. ApiVersions, the README's table and
the command ``kbroker apis`` derive from it.
"""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType
from typing import Any

from kbroker.context import RequestContext
from kbroker.handlers import (
    api_versions,
    create_topics,
    delete_topics,
    fetch,
    find_coordinator,
    heartbeat,
    init_producer_id,
    join_group,
    leave_group,
    list_offsets,
    metadata,
    offset_commit,
    offset_fetch,
    produce,
    sync_group,
)
from wire.api_keys import ApiKey
from wire.errors import ErrorCode
from wire.messages import request_class
from wire.schema import Message


class Api:
    """One served API: the versions it has, and the two functions of its handler module."""

    __slots__ = (
        "advertised_first", "error_response", "first", "handle", "key", "last", "request_class",
    )  # fmt: skip

    def __init__(
        self,
        key: ApiKey,
        handler: ModuleType,
        first: int,
        last: int,
        advertised_first: int | None = None,
    ) -> None:
        self.key = key
        self.first = first
        self.last = last
        self.advertised_first = first if advertised_first is None else advertised_first
        self.request_class: type[Message] = request_class(key)
        self.handle: Callable[[RequestContext, Any], Any] = handler.handle
        self.error_response: Callable[[Any, ErrorCode], Message | None] = handler.error_response


APIS: dict[int, Api] = {
    api.key: api
    for api in (
        # librdkafka takes v0 for "this broker can produce"; v0 to v2 are refused (KIP-896).
        Api(ApiKey.PRODUCE, produce, 3, 13, advertised_first=0),
        Api(ApiKey.FETCH, fetch, 4, 18),
        Api(ApiKey.LIST_OFFSETS, list_offsets, 1, 11),
        Api(ApiKey.METADATA, metadata, 0, 13),
        Api(ApiKey.OFFSET_COMMIT, offset_commit, 2, 10),
        Api(ApiKey.OFFSET_FETCH, offset_fetch, 1, 10),
        Api(ApiKey.FIND_COORDINATOR, find_coordinator, 0, 6),
        Api(ApiKey.JOIN_GROUP, join_group, 0, 9),
        Api(ApiKey.HEARTBEAT, heartbeat, 0, 4),
        Api(ApiKey.LEAVE_GROUP, leave_group, 0, 5),
        Api(ApiKey.SYNC_GROUP, sync_group, 0, 5),
        Api(ApiKey.API_VERSIONS, api_versions, 0, 4),
        Api(ApiKey.CREATE_TOPICS, create_topics, 2, 7),
        Api(ApiKey.DELETE_TOPICS, delete_topics, 1, 6),
        Api(ApiKey.INIT_PRODUCER_ID, init_producer_id, 0, 5),
    )
}

# (key, first version, last version) as ApiVersions tells them.
ADVERTISED = [(api.key, api.advertised_first, api.last) for api in APIS.values()]
