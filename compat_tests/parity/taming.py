"""Generated requests within what a story may hold: what Kafka never answers, and what would change
the cluster for the stories that follow, is taken out."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any

from compat_tests.parity.field_values import GOOD_SETTINGS
from compat_tests.parity.script import Json
from compat_tests.parity.stories.common import ZERO_ID

Body = dict[str, Any]
BROKER = 4  # a kind of resources


def tamed(rng: Random, name: str, body: Body) -> Body:
    if name in TAMERS:
        TAMERS[name](rng, body)
    return body


def fetch(_rng: Random, body: Body) -> None:
    """A topic without an id: where it has to wait Kafka loses the request."""
    if any(topic.get("topicId") == ZERO_ID for topic in body["topics"]):
        body["minBytes"] = 0


def txn_offset_commit(_rng: Random, body: Body) -> None:
    if "generationIdOrMemberEpoch" in body:  # as Kafka calls it since 4.4
        body["generationId"] = body.pop("generationIdOrMemberEpoch")


def write_txn_markers(_rng: Random, body: Body) -> None:
    """Kafka does not answer when a partition comes twice, or behind others one has no marker."""
    body["markers"] = body["markers"][:1]
    for marker in body["markers"]:
        marker["topics"] = each_once("name", marker["topics"])
        for topic in marker["topics"]:
            topic["partitionIndexes"] = list(dict.fromkeys(topic["partitionIndexes"]))


def add_partitions_to_txn(_rng: Random, body: Body) -> None:
    """Brokers, who send v4 and later, name no id twice."""
    if "transactions" in body:
        body["transactions"] = each_once("transactionalId", body["transactions"])


def join_group(_rng: Random, body: Body) -> None:
    """Where members name all protocols twice the group is stuck."""
    body["protocols"] = each_once("name", body["protocols"])


def alter_configs(rng: Random, body: Body) -> None:
    """Naming a resource twice is not answered."""
    body["resources"] = body["resources"][:1]
    incremental_alter_configs(rng, body)


def incremental_alter_configs(rng: Random, body: Body) -> None:
    for resource in body["resources"]:
        if resource["resourceType"] == BROKER:
            resource["resourceType"] = 2
        improve(rng, resource["configs"])


def create_topics(rng: Random, body: Body) -> None:
    for topic in body["topics"]:
        if rng.random() < 0.7:
            topic["assignments"] = []
        if rng.random() < 0.5:
            topic["configs"] = []
        improve(rng, topic["configs"])


def update_features(_rng: Random, body: Body) -> None:
    """Of several the error is told that a hash of the names chooses, and those are new in each
    play."""
    body["featureUpdates"] = body["featureUpdates"][:1]


def alter_client_quotas(_rng: Random, body: Body) -> None:
    """As with features: of several kinds of entities that nobody knows a hash chooses one."""
    for entry in body["entries"]:
        for entity in entry["entity"]:
            if "${" in entity["entityType"]:
                entity["entityType"] = "nonsense"


def describe_topic_partitions(_rng: Random, body: Body) -> None:
    """Answers begin at the cursor in the order of names, where those of this play alone have a
    place of their own in each play."""
    mine = [topic for topic in body["topics"] if topic["name"].startswith("${")]
    body["topics"] = mine or [{"name": "${topic}"}]


def improve(rng: Random, settings: list[Body]) -> None:
    """Else hardly any request would have good settings only."""
    for setting in settings:
        if rng.random() < 0.6:
            setting["name"], setting["value"] = rng.choice(GOOD_SETTINGS)


def each_once(key: str, entries: list[Body]) -> list[Json]:
    return list({entry[key]: entry for entry in entries}.values())


TAMERS: dict[str, Callable[[Random, Body], None]] = {
    "Fetch": fetch,
    "TxnOffsetCommit": txn_offset_commit,
    "WriteTxnMarkers": write_txn_markers,
    "AddPartitionsToTxn": add_partitions_to_txn,
    "JoinGroup": join_group,
    "AlterConfigs": alter_configs,
    "IncrementalAlterConfigs": incremental_alter_configs,
    "CreateTopics": create_topics,
    "UpdateFeatures": update_features,
    "AlterClientQuotas": alter_client_quotas,
    "DescribeTopicPartitions": describe_topic_partitions,
}
