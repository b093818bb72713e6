"""What stories share: the versions that Kafka 4.3.1 serves, and preparing steps."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from compat_tests.parity.batches import Batch, b64
from compat_tests.parity.script import Json, Step, call, prepare

# As a 4.3.1 advertises them, but for Produce, which advertises 0-2 and refuses them.
VERSIONS = {
    "Produce": (3, 13),
    "Fetch": (4, 18),
    "ListOffsets": (1, 11),
    "Metadata": (0, 13),
    "OffsetCommit": (2, 10),
    "OffsetFetch": (1, 10),
    "FindCoordinator": (0, 6),
    "JoinGroup": (0, 9),
    "Heartbeat": (0, 4),
    "LeaveGroup": (0, 5),
    "SyncGroup": (0, 5),
    "DescribeGroups": (0, 6),
    "ListGroups": (0, 5),
    "DeleteGroups": (0, 2),
    "ApiVersions": (0, 4),
    "CreateTopics": (2, 7),
    "DeleteTopics": (1, 6),
    "InitProducerId": (0, 5),
    "OffsetForLeaderEpoch": (2, 4),
    "AddPartitionsToTxn": (0, 5),
    "AddOffsetsToTxn": (0, 4),
    "EndTxn": (0, 5),
    "WriteTxnMarkers": (1, 2),
    "TxnOffsetCommit": (0, 5),
    "ListTransactions": (0, 2),
    "DescribeTransactions": (0, 0),
    "DescribeAcls": (1, 3),
    "CreateAcls": (1, 3),
    "DeleteAcls": (1, 3),
    "DescribeConfigs": (1, 4),
    "AlterConfigs": (0, 2),
    "IncrementalAlterConfigs": (0, 1),
    "CreateDelegationToken": (1, 3),
    "RenewDelegationToken": (1, 2),
    "ExpireDelegationToken": (1, 2),
    "DescribeDelegationToken": (1, 3),
    "ElectLeaders": (0, 2),
    "AlterPartitionReassignments": (0, 1),
    "DescribeQuorum": (0, 2),
    "AddRaftVoter": (0, 1),
    "RemoveRaftVoter": (0, 0),
    "UnregisterBroker": (0, 0),
    "DeleteRecords": (0, 2),
    "CreatePartitions": (0, 3),
    "DescribeCluster": (0, 2),
    "DescribeLogDirs": (1, 5),
    "AlterReplicaLogDirs": (1, 2),
    "UpdateFeatures": (0, 2),
    "DescribeClientQuotas": (0, 1),
    "AlterClientQuotas": (0, 1),
    "ListPartitionReassignments": (0, 0),
    "OffsetDelete": (0, 0),
    "DescribeProducers": (0, 0),
    "DescribeTopicPartitions": (0, 0),
    "ListConfigResources": (0, 1),
    "GetTelemetrySubscriptions": (0, 0),
    "PushTelemetry": (0, 0),
}

ZERO_ID = "AAAAAAAAAAAAAAAAAAAAAA"
UNKNOWN_ID = "bm8tc3VjaC10b3BpYy1pZA"
NOWHERE = "${topic}-nowhere"


def versions(api: str) -> Iterator[int]:
    first, last = VERSIONS[api]
    return iter(range(first, last + 1))


def topic(partitions: int = 1, name: str = "${topic}", **configs: str) -> list[Step]:
    """A topic with leaders; `${id}` is its id.  Underscores in settings stand for dots."""
    settings = [{"name": key.replace("_", "."), "value": value} for key, value in configs.items()]
    wanted = {"name": name, "numPartitions": partitions, "replicationFactor": 1}
    wanted |= {"configs": settings}
    described = {"topics": [{"name": name}], "allowAutoTopicCreation": False}
    captures = {"id": "topics.0.topicId"}
    return [
        call("CreateTopics", 7, {"topics": [wanted], "timeoutMs": 10000}, "create", compared=False),
        prepare("Metadata", 12, described, "topic settles", capture=captures),
        *(ready(name, partition) for partition in range(partitions)),
    ]


def ready(name: str, partition: int) -> Step:
    """Metadata may know a leader that does not know it yet."""
    wanted = {"partitionIndex": partition, "timestamp": -1}
    body = {"replicaId": -1, "topics": [{"name": name, "partitions": [wanted]}]}
    return prepare("ListOffsets", 7, body, f"partition {partition} settles")


def group(name: str = "${group}") -> list[Step]:
    """The group's coordinator is there and has loaded."""
    return [
        prepare("FindCoordinator", 4, {"keyType": 0, "coordinatorKeys": [name]}, "coordinator"),
        prepare("OffsetFetch", 8, {"groups": [{"groupId": name, "topics": None}]}, "group settles"),
    ]


def filled(*batches: Batch | bytes, partition: int = 0, name: str = "${topic}") -> list[Step]:
    """Batches in a partition, one request each."""
    return [
        prepare("Produce", 9, produce_body(9, b64(batch), partition, name), f"batch {number}")
        for number, batch in enumerate(batches)
    ]


def produce_body(
    version: int, records: str | None, partition: int = 0, name: str = "${topic}", acks: int = -1
) -> dict[str, Json]:
    which = {"topicId": "${id}"} if version >= 13 and name == "${topic}" else {"name": name}
    if version >= 13 and name != "${topic}":
        which = {"topicId": name}
    data = which | {"partitionData": [{"index": partition, "records": records}]}
    return {"acks": acks, "timeoutMs": 5000, "topicData": [data]}


def fetch_body(
    version: int, partitions: list[dict[str, Json]], name: str = "${topic}", **top: Json
) -> dict[str, Json]:
    """The defaults suit a consumer that wants everything at once."""
    which = {"topic": name}
    if version >= 13:
        which = {"topicId": "${id}" if name == "${topic}" else name}
    body: dict[str, Json] = {"maxWaitMs": 100, "minBytes": 1, "maxBytes": 1 << 24}
    return body | top | {"topics": [which | {"partitions": partitions}]}


def at(offset: int, partition: int = 0, limit: int = 1 << 20, **more: Any) -> dict[str, Json]:
    """One partition of a fetch."""
    return {
        "partition": partition,
        "fetchOffset": offset,
        "partitionMaxBytes": limit,
    } | more
