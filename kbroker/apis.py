"""The table of APIs that this broker serves: key, handler, versions. ApiVersions, the README's
table and the command ``kbroker apis`` are made from it.
"""

from __future__ import annotations

from typing import NamedTuple

from wire.api_keys import ApiKey


class Api(NamedTuple):
    """One served API.

    ``handler`` is a module in kbroker/handlers/ (a dispatch.HandlerModule). It is imported at the
    first such request, so that a broker starts fast. ``listed_first`` is the first version in
    ApiVersions, where that is not ``first``. ``for_telemetry``: always served, but listed only
    where a receiver of client metrics is configured (KIP-714).
    """

    key: ApiKey
    handler: str
    first: int
    last: int
    listed_first: int | None = None
    for_telemetry: bool = False

    @property
    def listed(self) -> tuple[ApiKey, int, int]:
        """(key, first version, last version) as ApiVersions lists them."""
        return self.key, self.first if self.listed_first is None else self.listed_first, self.last


APIS: dict[int, Api] = {
    api.key: api
    for api in (
        # librdkafka requires v0 in the list; v0 to v2 are refused all the same (KIP-896).
        Api(ApiKey.PRODUCE, "produce", 3, 13, listed_first=0),
        Api(ApiKey.FETCH, "fetch", 4, 18),
        Api(ApiKey.LIST_OFFSETS, "list_offsets", 1, 11),
        Api(ApiKey.METADATA, "metadata", 0, 13),
        Api(ApiKey.OFFSET_COMMIT, "offset_commit", 2, 10),
        Api(ApiKey.OFFSET_FETCH, "offset_fetch", 1, 10),
        Api(ApiKey.FIND_COORDINATOR, "find_coordinator", 0, 6),
        Api(ApiKey.JOIN_GROUP, "join_group", 0, 9),
        Api(ApiKey.HEARTBEAT, "heartbeat", 0, 4),
        Api(ApiKey.LEAVE_GROUP, "leave_group", 0, 5),
        Api(ApiKey.SYNC_GROUP, "sync_group", 0, 5),
        Api(ApiKey.DESCRIBE_GROUPS, "describe_groups", 0, 6),
        Api(ApiKey.LIST_GROUPS, "list_groups", 0, 5),
        Api(ApiKey.API_VERSIONS, "api_versions", 0, 4),
        Api(ApiKey.CREATE_TOPICS, "create_topics", 2, 7),
        Api(ApiKey.DELETE_TOPICS, "delete_topics", 1, 6),
        Api(ApiKey.DELETE_RECORDS, "delete_records", 0, 2),
        Api(ApiKey.INIT_PRODUCER_ID, "init_producer_id", 0, 5),
        Api(ApiKey.OFFSET_FOR_LEADER_EPOCH, "offset_for_leader_epoch", 2, 4),
        Api(ApiKey.ADD_PARTITIONS_TO_TXN, "add_partitions_to_txn", 0, 5),
        Api(ApiKey.ADD_OFFSETS_TO_TXN, "add_offsets_to_txn", 0, 4),
        Api(ApiKey.END_TXN, "end_txn", 0, 5),
        Api(ApiKey.WRITE_TXN_MARKERS, "write_txn_markers", 1, 2),
        Api(ApiKey.TXN_OFFSET_COMMIT, "txn_offset_commit", 0, 5),
        Api(ApiKey.DESCRIBE_ACLS, "describe_acls", 1, 3),
        Api(ApiKey.CREATE_ACLS, "create_acls", 1, 3),
        Api(ApiKey.DELETE_ACLS, "delete_acls", 1, 3),
        Api(ApiKey.DESCRIBE_CONFIGS, "describe_configs", 1, 4),
        Api(ApiKey.ALTER_CONFIGS, "alter_configs", 0, 2),
        Api(ApiKey.ALTER_REPLICA_LOG_DIRS, "alter_replica_log_dirs", 1, 2),
        Api(ApiKey.DESCRIBE_LOG_DIRS, "describe_log_dirs", 1, 5),
        Api(ApiKey.CREATE_PARTITIONS, "create_partitions", 0, 3),
        Api(ApiKey.CREATE_DELEGATION_TOKEN, "create_delegation_token", 1, 3),
        Api(ApiKey.RENEW_DELEGATION_TOKEN, "renew_delegation_token", 1, 2),
        Api(ApiKey.EXPIRE_DELEGATION_TOKEN, "expire_delegation_token", 1, 2),
        Api(ApiKey.DESCRIBE_DELEGATION_TOKEN, "describe_delegation_token", 1, 3),
        Api(ApiKey.DELETE_GROUPS, "delete_groups", 0, 2),
        Api(ApiKey.ELECT_LEADERS, "elect_leaders", 0, 2),
        Api(ApiKey.INCREMENTAL_ALTER_CONFIGS, "incremental_alter_configs", 0, 1),
        Api(
            ApiKey.ALTER_PARTITION_REASSIGNMENTS,
            "alter_partition_reassignments",
            0,
            1,
        ),
        Api(
            ApiKey.LIST_PARTITION_REASSIGNMENTS,
            "list_partition_reassignments",
            0,
            0,
        ),
        Api(ApiKey.OFFSET_DELETE, "offset_delete", 0, 0),
        Api(ApiKey.DESCRIBE_CLIENT_QUOTAS, "describe_client_quotas", 0, 1),
        Api(ApiKey.ALTER_CLIENT_QUOTAS, "alter_client_quotas", 0, 1),
        Api(ApiKey.DESCRIBE_QUORUM, "describe_quorum", 0, 2),
        Api(ApiKey.UPDATE_FEATURES, "update_features", 0, 2),
        Api(ApiKey.DESCRIBE_CLUSTER, "describe_cluster", 0, 2),
        Api(ApiKey.DESCRIBE_PRODUCERS, "describe_producers", 0, 0),
        Api(ApiKey.UNREGISTER_BROKER, "unregister_broker", 0, 0),
        Api(ApiKey.DESCRIBE_TRANSACTIONS, "describe_transactions", 0, 0),
        Api(ApiKey.LIST_TRANSACTIONS, "list_transactions", 0, 2),
        Api(
            ApiKey.GET_TELEMETRY_SUBSCRIPTIONS,
            "get_telemetry_subscriptions",
            0,
            0,
            for_telemetry=True,
        ),
        Api(ApiKey.PUSH_TELEMETRY, "push_telemetry", 0, 0, for_telemetry=True),
        Api(ApiKey.LIST_CONFIG_RESOURCES, "list_config_resources", 0, 1),
        Api(ApiKey.DESCRIBE_TOPIC_PARTITIONS, "describe_topic_partitions", 0, 0),
        Api(ApiKey.ADD_RAFT_VOTER, "add_raft_voter", 0, 1),
        Api(ApiKey.REMOVE_RAFT_VOTER, "remove_raft_voter", 0, 0),
    )
}

LISTED_WITH_TELEMETRY = [api.listed for api in APIS.values()]
LISTED = [api.listed for api in APIS.values() if not api.for_telemetry]
