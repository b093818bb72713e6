"""THE list of what this broker serves: key, handler, versions. ApiVersions, the README's table and
the command ``kbroker apis`` derive from it.
"""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType
from typing import Any

from kbroker.context import RequestContext
from kbroker.handlers import (
    add_raft_voter,
    alter_partition_reassignments,
    api_versions,
    create_acls,
    create_delegation_token,
    create_partitions,
    create_topics,
    delete_acls,
    delete_groups,
    delete_records,
    delete_topics,
    describe_acls,
    describe_cluster,
    describe_configs,
    describe_delegation_token,
    describe_groups,
    describe_quorum,
    elect_leaders,
    expire_delegation_token,
    fetch,
    find_coordinator,
    heartbeat,
    init_producer_id,
    join_group,
    leave_group,
    list_groups,
    list_offsets,
    list_partition_reassignments,
    metadata,
    offset_commit,
    offset_delete,
    offset_fetch,
    produce,
    remove_raft_voter,
    renew_delegation_token,
    sync_group,
    unregister_broker,
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
        Api(ApiKey.DESCRIBE_GROUPS, describe_groups, 0, 6),
        Api(ApiKey.LIST_GROUPS, list_groups, 0, 5),
        Api(ApiKey.API_VERSIONS, api_versions, 0, 4),
        Api(ApiKey.CREATE_TOPICS, create_topics, 2, 7),
        Api(ApiKey.DELETE_TOPICS, delete_topics, 1, 6),
        Api(ApiKey.DELETE_RECORDS, delete_records, 0, 2),
        Api(ApiKey.INIT_PRODUCER_ID, init_producer_id, 0, 5),
        Api(ApiKey.DESCRIBE_ACLS, describe_acls, 1, 3),
        Api(ApiKey.CREATE_ACLS, create_acls, 1, 3),
        Api(ApiKey.DELETE_ACLS, delete_acls, 1, 3),
        Api(ApiKey.DESCRIBE_CONFIGS, describe_configs, 1, 4),
        Api(ApiKey.CREATE_PARTITIONS, create_partitions, 0, 3),
        Api(ApiKey.CREATE_DELEGATION_TOKEN, create_delegation_token, 1, 3),
        Api(ApiKey.RENEW_DELEGATION_TOKEN, renew_delegation_token, 1, 2),
        Api(ApiKey.EXPIRE_DELEGATION_TOKEN, expire_delegation_token, 1, 2),
        Api(ApiKey.DESCRIBE_DELEGATION_TOKEN, describe_delegation_token, 1, 3),
        Api(ApiKey.DELETE_GROUPS, delete_groups, 0, 2),
        Api(ApiKey.ELECT_LEADERS, elect_leaders, 0, 2),
        Api(ApiKey.ALTER_PARTITION_REASSIGNMENTS, alter_partition_reassignments, 0, 1),
        Api(ApiKey.LIST_PARTITION_REASSIGNMENTS, list_partition_reassignments, 0, 0),
        Api(ApiKey.OFFSET_DELETE, offset_delete, 0, 0),
        Api(ApiKey.DESCRIBE_QUORUM, describe_quorum, 0, 2),
        Api(ApiKey.DESCRIBE_CLUSTER, describe_cluster, 0, 2),
        Api(ApiKey.UNREGISTER_BROKER, unregister_broker, 0, 0),
        Api(ApiKey.ADD_RAFT_VOTER, add_raft_voter, 0, 1),
        Api(ApiKey.REMOVE_RAFT_VOTER, remove_raft_voter, 0, 0),
    )
}

# (key, first version, last version) as ApiVersions tells them.
ADVERTISED = [(api.key, api.advertised_first, api.last) for api in APIS.values()]
