"""THE list of what this broker serves: key and versions. ApiVersions, the README's table and
the command ``kbroker apis`` derive from it.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any

from kbroker.context import RequestContext
from wire.api_keys import ApiKey
from wire.errors import ErrorCode
from wire.messages import request_class
from wire.schema import Message


class Api:
    """One served API: its versions, and the handler of the same name.

    ``for_telemetry``: told only where somebody receives what clients push (KIP-714), but served all
    the same.

    The handler's module, and the messages with it, are loaded when the first such request comes: a
    broker serves far more than most programs ask for, and starts in a blink.
    """

    __slots__ = (
        "advertised_first", "error_response", "first", "for_telemetry", "handle", "key", "last",
        "request_class",
    )  # fmt: skip

    request_class: type[Message]
    handle: Callable[[RequestContext, Any], Any]
    error_response: Callable[[Any, ErrorCode], Message | None]

    def __init__(
        self,
        key: ApiKey,
        first: int,
        last: int,
        advertised_first: int | None = None,
        *,
        for_telemetry: bool = False,
    ) -> None:
        self.key = key
        self.first = first
        self.last = last
        self.advertised_first = first if advertised_first is None else advertised_first
        self.for_telemetry = for_telemetry

    def __getattr__(self, name: str) -> Any:
        """Called for what is not there yet: the three that come from the modules."""
        if name not in ("request_class", "handle", "error_response"):
            raise AttributeError(name)
        handler = import_module(f"kbroker.handlers.{self.key.name.lower()}")
        self.request_class = request_class(self.key)
        self.handle = handler.handle
        self.error_response = handler.error_response
        return object.__getattribute__(self, name)


APIS: dict[int, Api] = {
    api.key: api
    for api in (
        # librdkafka takes v0 for "this broker can produce"; v0 to v2 are refused (KIP-896).
        Api(ApiKey.PRODUCE, 3, 13, advertised_first=0),
        Api(ApiKey.FETCH, 4, 18),
        Api(ApiKey.LIST_OFFSETS, 1, 11),
        Api(ApiKey.METADATA, 0, 13),
        Api(ApiKey.OFFSET_COMMIT, 2, 10),
        Api(ApiKey.OFFSET_FETCH, 1, 10),
        Api(ApiKey.FIND_COORDINATOR, 0, 6),
        Api(ApiKey.JOIN_GROUP, 0, 9),
        Api(ApiKey.HEARTBEAT, 0, 4),
        Api(ApiKey.LEAVE_GROUP, 0, 5),
        Api(ApiKey.SYNC_GROUP, 0, 5),
        Api(ApiKey.DESCRIBE_GROUPS, 0, 6),
        Api(ApiKey.LIST_GROUPS, 0, 5),
        Api(ApiKey.API_VERSIONS, 0, 4),
        Api(ApiKey.CREATE_TOPICS, 2, 7),
        Api(ApiKey.DELETE_TOPICS, 1, 6),
        Api(ApiKey.DELETE_RECORDS, 0, 2),
        Api(ApiKey.INIT_PRODUCER_ID, 0, 5),
        Api(ApiKey.OFFSET_FOR_LEADER_EPOCH, 2, 4),
        Api(ApiKey.ADD_PARTITIONS_TO_TXN, 0, 5),
        Api(ApiKey.ADD_OFFSETS_TO_TXN, 0, 4),
        Api(ApiKey.END_TXN, 0, 5),
        Api(ApiKey.WRITE_TXN_MARKERS, 1, 2),
        Api(ApiKey.TXN_OFFSET_COMMIT, 0, 5),
        Api(ApiKey.DESCRIBE_ACLS, 1, 3),
        Api(ApiKey.CREATE_ACLS, 1, 3),
        Api(ApiKey.DELETE_ACLS, 1, 3),
        Api(ApiKey.DESCRIBE_CONFIGS, 1, 4),
        Api(ApiKey.ALTER_CONFIGS, 0, 2),
        Api(ApiKey.ALTER_REPLICA_LOG_DIRS, 1, 2),
        Api(ApiKey.DESCRIBE_LOG_DIRS, 1, 5),
        Api(ApiKey.CREATE_PARTITIONS, 0, 3),
        Api(ApiKey.CREATE_DELEGATION_TOKEN, 1, 3),
        Api(ApiKey.RENEW_DELEGATION_TOKEN, 1, 2),
        Api(ApiKey.EXPIRE_DELEGATION_TOKEN, 1, 2),
        Api(ApiKey.DESCRIBE_DELEGATION_TOKEN, 1, 3),
        Api(ApiKey.DELETE_GROUPS, 0, 2),
        Api(ApiKey.ELECT_LEADERS, 0, 2),
        Api(ApiKey.INCREMENTAL_ALTER_CONFIGS, 0, 1),
        Api(ApiKey.ALTER_PARTITION_REASSIGNMENTS, 0, 1),
        Api(ApiKey.LIST_PARTITION_REASSIGNMENTS, 0, 0),
        Api(ApiKey.OFFSET_DELETE, 0, 0),
        Api(ApiKey.DESCRIBE_CLIENT_QUOTAS, 0, 1),
        Api(ApiKey.ALTER_CLIENT_QUOTAS, 0, 1),
        Api(ApiKey.DESCRIBE_QUORUM, 0, 2),
        Api(ApiKey.UPDATE_FEATURES, 0, 2),
        Api(ApiKey.DESCRIBE_CLUSTER, 0, 2),
        Api(ApiKey.DESCRIBE_PRODUCERS, 0, 0),
        Api(ApiKey.UNREGISTER_BROKER, 0, 0),
        Api(ApiKey.DESCRIBE_TRANSACTIONS, 0, 0),
        Api(ApiKey.LIST_TRANSACTIONS, 0, 2),
        Api(ApiKey.GET_TELEMETRY_SUBSCRIPTIONS, 0, 0, for_telemetry=True),
        Api(ApiKey.PUSH_TELEMETRY, 0, 0, for_telemetry=True),
        Api(ApiKey.LIST_CONFIG_RESOURCES, 0, 1),
        Api(ApiKey.DESCRIBE_TOPIC_PARTITIONS, 0, 0),
        Api(ApiKey.ADD_RAFT_VOTER, 0, 1),
        Api(ApiKey.REMOVE_RAFT_VOTER, 0, 0),
    )
}

# (key, first version, last version) as ApiVersions tells them.
ADVERTISED_WITH_TELEMETRY = [(api.key, api.advertised_first, api.last) for api in APIS.values()]
ADVERTISED = [told for told in ADVERTISED_WITH_TELEMETRY if not APIS[told[0]].for_telemetry]
