"""What the fields of generated requests hold: mostly what is right, sometimes what is at a border.

Fields are looked up by the end of their path, the longest that is known: ``configs.name`` is a
setting where ``name`` is a topic.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator
from random import Random

from compat_tests.parity.batches import NOW, TRANSACTIONAL, Batch, Rec, b64
from compat_tests.parity.script import Json
from compat_tests.parity.stories.common import UNKNOWN_ID, ZERO_ID
from wire.schema import Field, Struct

TOPICS = ["${topic}"] * 8 + ["${run}-other"] * 2 + ["${topic}-nowhere", "", "bad/name"]
TOPIC_IDS = ["${id}"] * 8 + ["${other_id}"] * 2 + [UNKNOWN_ID, ZERO_ID]
GROUPS = ["${group}"] * 9 + ["${run}-h", "${run}-nobody", ""]
PARTITIONS = [0] * 10 + [1, 1, 2, -1, 2147483647]
MEMBERS = ["${m0}"] * 8 + ["${m1}"] * 3 + ["", "", "stranger"]
INSTANCES: list[Json] = [None] * 6 + ["static", "other", ""]
TRANSACTIONS = ["${run}-t"] * 6 + ["${run}-t2"] * 2 + ["${run}-nobody", ""]
PRODUCERS: list[Json] = ["${producer_t}"] * 6 + ["${producer_t2}"] * 2 + [5, -1]
PRODUCER_EPOCHS = [0] * 6 + [1] * 3 + [2, -1]
OFFSETS = [0, 0, 0, 0, 1, 1, 2, 3, 5, 100, -1, -2]
EPOCHS = [-1] * 5 + [0, 0, 1, 7, -2]
SETTINGS = [
    "retention.ms", "cleanup.policy", "max.message.bytes", "segment.bytes", "compression.type",
    "message.timestamp.type", "min.insync.replicas", "flush.messages", "no.such.setting", "",
    "retention.bytes", "delete.retention.ms", "message.timestamp.after.max.ms", "segment.ms",
    "min.cleanable.dirty.ratio", "unclean.leader.election.enable", "leader.replication.throttled.replicas",
    "remote.storage.enable", "local.retention.ms", "preallocate", "index.interval.bytes",
]  # fmt: skip
SETTING_VALUES = [
    "1", "1048576", "-1", "0", "-2", "delete", "compact", "compact,delete", "", "gzip", "zstd",
    "producer", "LogAppendTime", "CreateTime", "true", "false", "1.5", "0.5", "x", " 5 ", "*",
    "9223372036854775807", "9223372036854775808", "2147483648", None,
]  # fmt: skip
# Settings with values that make a difference, but for who compresses: that is each broker's own.
GOOD_SETTINGS = [
    ("retention.ms", "3600000"), ("cleanup.policy", "compact"), ("cleanup.policy", "delete"),
    ("max.message.bytes", "150"), ("segment.bytes", "1048576"), ("message.timestamp.type", "LogAppendTime"),
    ("min.insync.replicas", "2"), ("message.timestamp.after.max.ms", "1"), ("flush.messages", "1"),
    ("message.timestamp.before.max.ms", "1"), ("index.interval.bytes", "0"), ("preallocate", "true"),
]  # fmt: skip


def batches() -> list[str | None]:
    plain = Batch([Rec(b"a"), Rec(b"b", key=b"k", headers=[(b"h", None)])])
    pooled = [plain] * 4 + [
        Batch(),
        Batch([Rec(None)], codec="gzip"),
        Batch([Rec(b"x" * 300)] * 3, codec="lz4"),
        Batch([Rec(b"x" * 300)] * 3, codec="snappy"),
        Batch([Rec(b"x" * 300)] * 3, codec="zstd"),
        Batch(base_timestamp=NOW + 5000, base_offset=7, leader_epoch=3),
        Batch(base_timestamp=-1, max_timestamp=-1),
        Batch(magic=1),
        Batch(magic=3),
        Batch(crc=1),
        Batch(count=2),
        Batch(length=1000),
        Batch(last_offset_delta=5),
        Batch([]),
        Batch(attributes=7),
        Batch(attributes=8),
        Batch(attributes=16),
        Batch(attributes=32),
        Batch(extra=b"x"),
    ]
    idempotent = [
        Batch([Rec(b"i")] * size, producer_id=producer, producer_epoch=epoch, sequence=sequence)
        for producer, epoch, sequence, size in [
            (7_000_077, 0, 0, 1), (7_000_077, 0, 0, 1), (7_000_077, 0, 1, 1), (7_000_077, 0, 1, 2), (7_000_077, 0, 5, 1),
            (7_000_077, 1, 0, 1), (7_000_077, 1, 1, 1), (7_000_078, 0, 0, 3), (7_000_078, 0, 3, 1), (7_000_078, -1, 0, 1),
            (7_000_078, 0, -1, 1), (-1, 0, 0, 1),
        ]
    ]  # fmt: skip
    return [b64(batch) for batch in pooled + idempotent] + [b64(plain, plain), b64(b"short"), ""]


def transactional_batches() -> list[Json]:
    """Mostly one after the other, in the epoch that the producer begins with or a later one."""
    first = [(epoch, 0, TRANSACTIONAL) for epoch in (0, 0, 0, 0, 1, 1, 2)]
    later = [(epoch, sequence, TRANSACTIONAL) for epoch in (0, 1) for sequence in (1, 1, 2, 5)]
    odd = [(0, 0, 0), (0, 1, 0), (1, 0, 0), (0, 1, TRANSACTIONAL | 32)]
    mine: list[Json] = [
        Batch([Rec(b"t")], producer_id="${producer_t}", producer_epoch=epoch, sequence=sequence, attributes=kind)
        for epoch, sequence, kind in first + later + odd
    ]  # fmt: skip
    other = Batch(
        producer_id="${producer_t2}", producer_epoch=0, sequence=0, attributes=TRANSACTIONAL
    )
    return [*mine, other, b64(Batch([Rec(b"in none")])), b64(Batch([Rec(b"in none")]))]


POOLS: dict[str, list[Json]] = {
    "name": TOPICS, "topic": TOPICS, "topic_names": TOPICS, "topic_name": TOPICS,
    "create_topics.topics.name": ["${run}-new"] * 4 + ["${run}-new2", "${topic}", "", "bad/name", ".", "${run}.a_b", "${run}_a.b"],
    "num_partitions": [1, 1, 2, 3, -1, -1, 0, -2],
    "replication_factor": [1, 1, -1, -1, 0, 2, -2],
    "broker_ids": [1, 1, 1, 2, -1], "replicas": [1, 1, 1, 2, -1],
    "topic_id": TOPIC_IDS,
    "partition": PARTITIONS, "partitions": PARTITIONS, "index": PARTITIONS,
    "partition_index": PARTITIONS, "partition_indexes": PARTITIONS,
    "assignments.partition_index": [0, 0, 0, 1, 2], "cursor.partition_index": [0, 0, 1, 2, -1],
    "records": batches(),
    "acks": [-1, -1, 1, 1, 2, -2],
    "timeout_ms": [5000], "transaction_timeout_ms": [60000] * 6 + [0, -1],
    "transactional_id": TRANSACTIONS, "v3_and_below_transactional_id": TRANSACTIONS, "transactional_ids": TRANSACTIONS,
    "produce.transactional_id": [None] * 9 + ["${run}-t"],
    "init_producer_id.transactional_id": [None, None, *TRANSACTIONS],
    "producer_id": PRODUCERS, "v3_and_below_producer_id": PRODUCERS, "producer_id_filters": PRODUCERS,
    "producer_epoch": PRODUCER_EPOCHS, "v3_and_below_producer_epoch": PRODUCER_EPOCHS,
    "init_producer_id.producer_id": [-1] * 4 + ["${producer_t}"] * 3 + [5],
    "init_producer_id.producer_epoch": [-1] * 4 + [0, 0, 1, 3],
    # A marker in an open transaction would leave its coordinator with an end that is never done.
    "markers.producer_id": [7_000_077, 7_000_077, 7_000_078, 5], "coordinator_epoch": [0, 0, 0, 1, 7, -1],
    "transaction_version": [0, 1, 2, 2, 3],
    "transactional_id_pattern": [None, "${run}-t", "${run}.*", ".*t2", "[", ""],
    "duration_filter": [-1, -1, 3600000, -2],
    "keep_prepared_txn": [False], "enable2_pc": [False],
    "replica_id": [-1] * 8 + [-2], "isolation_level": [0] * 6 + [1] * 6 + [2, -1],
    "max_wait_ms": [0, 0, 50, -1], "min_bytes": [0, 1, 1, 1000000, -1],
    "max_bytes": [1 << 20] * 5 + [0, 1, 80, 150, -1], "partition_max_bytes": [1 << 20] * 5 + [0, 1, 80, 150, -1],
    "session_id": [0] * 8 + [7], "session_epoch": [-1] * 4 + [0, 0, 1],
    "fetch_offset": OFFSETS, "committed_offset": OFFSETS, "offset": OFFSETS,
    "current_leader_epoch": EPOCHS, "last_fetched_epoch": EPOCHS, "committed_leader_epoch": EPOCHS, "leader_epoch": EPOCHS,
    "log_start_offset": [-1, -1, 0, 5], "high_watermark": [9223372036854775807] * 3 + [0, 2],
    "replica_directory_id": [ZERO_ID],
    "partitions.timestamp": [-1, -2, -3, -4, -5, -6, -7, 0, NOW, NOW + 1, NOW + 5000, NOW + 10000],
    "allow_auto_topic_creation": [False],
    "group_id": GROUPS, "groups": GROUPS, "groups_names": GROUPS, "key": GROUPS, "coordinator_keys": GROUPS,
    "key_type": [0] * 6 + [3, -1],
    "member_id": MEMBERS, "group_instance_id": INSTANCES,
    "generation_id": [1] * 5 + [2, 2, 0, -1, 3], "generation_id_or_member_epoch": [-1] * 3 + [1] * 3 + [0, 2, -2],
    "member_epoch": [-1] * 5 + [0, 1], "retention_time_ms": [-1] * 4 + [60000, 0],
    "committed_metadata": ["", "note", None, "x" * 4096, "x" * 4097, "é" * 2049],
    "commit_timestamp": [-1],
    "session_timeout_ms": [20000] * 6 + [99, 1800001], "rebalance_timeout_ms": [20000],
    "protocol_type": ["consumer"] * 6 + ["connect", ""], "protocol_name": ["range"] * 5 + ["sticky", "none", None],
    "protocols.name": ["range"] * 4 + ["sticky", ""],
    "metadata": ["AAAAAAABAAF0/////w=="], "assignment": ["", "AAEC"], "reason": [None, "because"],
    "state_filters": ["Ongoing", "Ongoing", "Empty", "CompleteCommit", "CompleteAbort", "Dead", "ongoing", "nonsense"],
    "states_filter": ["Stable", "empty", "Dead", "PreparingRebalance", "nonsense", ""],
    "types_filter": ["classic", "Classic", "consumer", "nonsense", ""],
    "configs.name": SETTINGS, "configs.value": SETTING_VALUES, "configuration_keys": SETTINGS,
    "resource_type": [2] * 5 + [4, 0, 99], "config_operation": [0, 0, 0, 1, 2, 3, 4],
    "count": [1, 2, 3, 4, 0, -1],
    "path": ["/nowhere", "", "relative"], "resource_types": [2, 2, 4, 0, 99],
    "entity_type": ["user", "user", "client-id", "nonsense", ""],
    "entity_name": ["${run}-u", "${run}-u", "${run}-v", ""], "match_type": [0],
    "include_documentation": [False], "match": ["${run}-u"],
    "ops.key": ["producer_byte_rate", "consumer_byte_rate", "request_percentage", "controller_mutation_rate", "connection_creation_rate", "nonsense", ""],
    "ops.value": [1000.0, 0.5, 0.0, -1.0, 1e20],
    "election_type": [0, 1, 2, -1], "endpoint_type": [1, 1, 1, 2, 0],
    "response_partition_limit": [2000, 1, 0, -1, 2],
    "resource_name_filter": ["${topic}", None], "principal_filter": ["User:a", None], "host_filter": ["*", None],
    "resource_name": ["${topic}"] * 6 + ["${run}-other", "${topic}-nowhere", "", "1", "2"],
    "principal": ["User:a"], "host": ["*"],
    "resource_type_filter": [2, 2, 3, 4, 1, 0], "pattern_type_filter": [3, 3, 1, 4, 0], "resource_pattern_type": [3, 3, 4, 1],
    "operation": [3, 3, 2, 8, 1], "permission_type": [3, 3, 2, 1],
    "unregister_broker.broker_id": [99, -1, 5],  # the only broker is not forgotten
    # Levels that are there already, and changes that cannot be.
    "feature": ["metadata.version"] * 3 + ["kraft.version", "no.such", ""], "max_version_level": [-1, 0, 7, 29, 30, 31],
    "upgrade_type": [1, 1, 2, 3, 0, 4, -1],
    "cluster_id": [None], "voter_id": [5, 5, 1, -1], "voter_directory_id": [ZERO_ID, UNKNOWN_ID],
    "listeners.name": ["CONTROLLER", "controller", "x"], "port": [1, 0],
    "client_software_name": ["parity", "parity", "", "a b"], "client_software_version": ["1.0", "1.0", "", "-"],
    # The second is what a client that is asked for nothing has for the first.
    "client_instance_id": ["AAAAAAAAAAAAAAAAAAAAIQ"] * 4 + [UNKNOWN_ID],
    "push_telemetry.client_instance_id": ["AAAAAAAAAAAAAAAAAAAAIQ"] * 4 + [ZERO_ID, UNKNOWN_ID],
    "subscription_id": [-725132289] * 4 + [5], "compression_type": [0] * 4 + [1, 4, 9], "metrics": ["", "AAEC"],
    "hmac": ["AAEC"], "principal_type": ["User"], "principal_name": ["a"],
}  # fmt: skip

# What differs in stories about transactions: most of it is right there, so that they go on.
RIGHT_TOPICS = ["${topic}"] * 14 + ["${run}-other", "${topic}-nowhere"]
RIGHT_PARTITIONS = [0] * 12 + [1] * 3 + [9]
RIGHT_IDS: list[Json] = ["${run}-t"] * 14 + ["${run}-t2", "${run}-nobody"]
RIGHT_PRODUCERS: list[Json] = ["${producer_t}"] * 16 + ["${producer_t2}", 5]
IN_TRANSACTION: dict[str, list[Json]] = {
    "name": RIGHT_TOPICS, "topic": RIGHT_TOPICS, "topic_id": ["${id}"] * 14 + ["${other_id}", UNKNOWN_ID],
    "partition": RIGHT_PARTITIONS, "partitions": RIGHT_PARTITIONS, "index": RIGHT_PARTITIONS,
    "partition_index": RIGHT_PARTITIONS, "partition_indexes": RIGHT_PARTITIONS,
    "transactional_id": RIGHT_IDS, "v3_and_below_transactional_id": RIGHT_IDS, "transactional_ids": RIGHT_IDS,
    "produce.transactional_id": [*RIGHT_IDS, "", None], "init_producer_id.transactional_id": [*RIGHT_IDS, "", None],
    "init_producer_id.producer_id": POOLS["init_producer_id.producer_id"],
    "init_producer_id.producer_epoch": POOLS["init_producer_id.producer_epoch"],
    "producer_id": RIGHT_PRODUCERS, "v3_and_below_producer_id": RIGHT_PRODUCERS,
    "markers.producer_id": POOLS["markers.producer_id"],
    "producer_epoch": [0] * 9 + [1] * 4 + [2], "v3_and_below_producer_epoch": [0] * 9 + [1] * 4 + [2],
    "topic_data.partition_data.records": transactional_batches(), "acks": [-1, -1, -1, 1],
    "group_id": ["${group}"] * 12 + ["${run}-h", ""],
    "txn_offset_commit.member_id": [""] * 8 + ["${m0}", "${m0}", "stranger"],
    "txn_offset_commit.generation_id_or_member_epoch": [-1] * 8 + [1, 1, 0],
    "txn_offset_commit.group_instance_id": [None] * 12 + ["static"], "isolation_level": [1, 1, 1, 0],
}  # fmt: skip
# What differs in stories on logs of many segments: records of many moments, and reads anywhere.
MOMENTS = [NOW + step for step in range(0, 100_000, 2500)]
ON_SEGMENTS: dict[str, list[Json]] = {
    "name": RIGHT_TOPICS, "topic": RIGHT_TOPICS, "topic_id": IN_TRANSACTION["topic_id"],
    "topic_data.partition_data.records": [
        b64(Batch([Rec(b"s" * size)] * count, base_timestamp=moment))
        for moment in MOMENTS for size, count in ((1, 1), (20, 2), (90, 3))
    ],
    "acks": [-1, -1, 1], "index": [0] * 12 + [1], "partition": [0] * 12 + [1],
    "partition_index": [0] * 12 + [1],
    "fetch_offset": list(range(20)), "partitions.timestamp": [-1, -2, -3, *MOMENTS],
}  # fmt: skip
THEMES: dict[str, list[dict[str, list[Json]]]] = {
    "anything": [POOLS],
    "in_transaction": [IN_TRANSACTION, POOLS],
    "on_segments": [ON_SEGMENTS, POOLS],
}

BORDERS: dict[str, list[Json]] = {
    "int8": [-128, 127, 0], "int16": [-32768, 32767, 0], "uint16": [0, 65535],
    "int32": [-2147483648, 2147483647, 0, -1], "int64": [-(1 << 63), (1 << 63) - 1, 0, -1],
    "string": ["", "${run}" + "x" * 300, "${run}é😀", "${run} a b", "${topic}"],
}  # fmt: skip
# A wait, a size or a switch that would cost more than it shows, or that the cluster would keep.
FIXED = {
    "timeout_ms", "max_wait_ms", "session_timeout_ms", "rebalance_timeout_ms", "num_partitions",
    "count", "replica_id", "transactional_id", "v3_and_below_transactional_id",
    "key_type", "match", "match_type", "entity_name",
    "resource_name", "resource_type", "topic_names", "protocol_type", "broker_id",
    "client_instance_id", "cluster_id", "listeners.name", "max_version_level", "unregister_broker.broker_id", "markers.producer_id",
    "cursor.partition_index",  # whose end Kafka cannot hold where it is the largest
}  # fmt: skip

# Where an empty list, or none, asks for everything there is, other stories' topics included.
ASKS_FOR_ALL = {
    "metadata.topics", "describe_log_dirs.topics", "describe_topic_partitions.topics",
    "elect_leaders.topic_partitions", "describe_client_quotas.components",
    "alter_client_quotas.entries.entity", "describe_configs.resources.configuration_keys",
    "list_config_resources.resource_types",
    "add_partitions_to_txn.transactions",  # of which Kafka never answers none
}  # fmt: skip


def struct_value(rng: Random, cls: type[Struct], version: int, path: str) -> dict[str, Json]:
    """The fields that the version has, as Kafka's JSON readers take them."""
    return {
        camel_case(field.name): field_value(rng, field, version, f"{path}.{field.name}")
        for field in cls.__fields__
        if field.in_version(version) and (field.tag is None or rng.random() < 0.2)
    }


def field_value(rng: Random, field: Field, version: int, path: str) -> Json:
    asks_for_all = any(end in ASKS_FOR_ALL for end in ends(path))
    nullable = field.nullable(version) and field.kind in ("array", "struct")
    if nullable and not asks_for_all and rng.random() < 0.06:
        return None
    if field.kind == "array":
        size = rng.choice([1, 1, 1, 1, 1, 2, 2, 3, 1 if asks_for_all else 0])
        return [element(rng, field.of, version, path) for _ in range(size)]
    return element(rng, field, version, path)


def element(rng: Random, field: Field, version: int, path: str) -> Json:
    if field.kind == "struct":
        return struct_value(rng, field.of, version, path)
    pool = pool_of(path)
    is_fixed = any(end in FIXED for end in ends(path))
    if not is_fixed and field.kind in BORDERS and rng.random() < 0.04:
        pool = BORDERS[field.kind]
    if pool is None:
        pool = [True, False] if field.kind == "bool" else BORDERS.get(field.kind, [ZERO_ID])
    choices = [value for value in pool if value is not None or field.nullable(version)]
    return rng.choice(choices or [""])


def pool_of(path: str) -> list[Json] | None:
    theme, _, field = path.partition(".")
    found = (pools[end] for pools in THEMES[theme] for end in ends(field) if end in pools)
    return next(found, None)


def ends(path: str) -> Iterator[str]:
    """The longest first."""
    parts = path.split(".")
    return (".".join(parts[start:]) for start in range(len(parts)))


@functools.cache
def camel_case(name: str) -> str:
    first, *others = name.split("_")
    return first + "".join(one[0].upper() + one[1:] for one in others)
