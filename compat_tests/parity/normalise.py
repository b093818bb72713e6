"""The written list of what may differ between two brokers that behave the same.

Two kinds: values that a broker chooses itself (a step captured them, or a rule below names their
place) and orders that hash maps gave.  Everything else is compared as it is.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from compat_tests.parity.batches import NOW
from compat_tests.parity.script import Json

ZERO_ID = "AAAAAAAAAAAAAAAAAAAAAA"
UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")

Choice = tuple[Callable[[Any], bool], str]
# Fields whose value is the broker's own choice: when it is one, and what then stands for it.
CHOSEN: dict[str, Choice] = {
    "topicId": (lambda value: value != ZERO_ID, "<topic id>"),
    "logDir": (bool, "<folder>"),
    "totalBytes": (lambda value: value > 0, "<bytes>"),
    "usableBytes": (lambda value: value > 0, "<bytes>"),
    "port": (lambda value: value > 0, "<port>"),
    "clusterId": (bool, "<cluster id>"),
    "sessionId": (lambda value: value != 0, "<session id>"),
    "producerId": (lambda value: value >= 0, "<producer id>"),
    "logAppendTimeMs": (lambda value: value > 0, "<now>"),
    "documentation": (bool, "<a sentence>"),
    "transactionStartTimeMs": (lambda value: value > 0, "<now>"),
    "finalizedFeaturesEpoch": (lambda value: value >= 0, "<epoch>"),
}
# Stories date their records an hour back, or in 2100 where that is the point: between lies now.
SINCE, IN_TEN_YEARS = NOW + 1_800_000, NOW + 10 * 365 * 86_400_000
# What stands for the name that begins all names of one play of a story.
RUN = "<run>"
OFFSETS_TOPIC = "__consumer_offsets"
METRICS = 16  # the kind of resources that v0 of ListConfigResources is all about
NAMED_BY_STORIES = (2, METRICS, 32)  # topics, subscriptions, groups
# Error texts that tell the time.
TIME_RANGE = re.compile(r"within \[-?\d+, -?\d+\]")
# Arrays in the order of a hash map, by API and name.
UNORDERED = {
    ("AlterReplicaLogDirs", "results"),
    ("AlterReplicaLogDirs", "partitions"),
    ("DescribeConfigs", "configs"),
    ("DescribeLogDirs", "topics"),
    ("DescribeLogDirs", "partitions"),
    ("CreatePartitions", "results"),
    ("DeleteRecords", "topics"),
    ("DeleteRecords", "partitions"),
    ("AlterClientQuotas", "entries"),
    ("AlterClientQuotas", "entity"),
    ("DescribeClientQuotas", "entries"),
    ("DescribeClientQuotas", "entity"),
    ("DescribeClientQuotas", "values"),
    ("ApiVersions", "supportedFeatures"),
    ("ApiVersions", "finalizedFeatures"),
    ("Metadata", "topics"),
    ("CreateTopics", "topics"),
    ("DeleteTopics", "responses"),
    ("ListOffsets", "topics"),
    ("ListOffsets", "partitions"),
    ("OffsetFetch", "topics"),
    ("OffsetFetch", "partitions"),
    ("Produce", "responses"),
    ("Produce", "partitionResponses"),
    ("JoinGroup", "members"),
    ("ListGroups", "groups"),
    ("AddPartitionsToTxn", "resultsByTransaction"),
    ("AddPartitionsToTxn", "resultsByTopicV3AndBelow"),
    ("AddPartitionsToTxn", "resultsByPartition"),
    ("AddPartitionsToTxn", "topicResults"),
    ("DescribeProducers", "activeProducers"),
    ("DescribeTransactions", "topics"),
    ("DescribeTransactions", "partitions"),
    ("ListTransactions", "transactionStates"),
    ("ListTransactions", "unknownStateFilters"),
    ("WriteTxnMarkers", "markers"),
    ("WriteTxnMarkers", "topics"),
    ("WriteTxnMarkers", "partitions"),
    ("TxnOffsetCommit", "topics"),
    ("ListConfigResources", "configResources"),
    ("DescribeGroups", "groups"),
    ("DescribeGroups", "members"),
    ("DeleteGroups", "results"),
}


def normalised(
    api: str, outcome: Mapping[str, Json], captured: Mapping[str, Json], run: str
) -> dict[str, Json]:
    """An outcome in the form in which two are compared; `run` begins the names of its play."""
    tokens = {value: f"<{name}>" for name, value in captured.items() if distinctive(value)}
    result: dict[str, Json] = walk(api, "", dict(outcome), tokens | {RUN: run})
    answer = result.get("answer")
    if api == "Metadata" and isinstance(answer, dict):
        # All topics: only those of this story are surely the same on both.
        answer["topics"] = [topic for topic in answer["topics"] if not others(topic)]
    if api == "ListConfigResources" and isinstance(answer, dict):
        answer["configResources"] = [
            found
            for found in answer["configResources"]
            if found.get("resourceType", METRICS) not in NAMED_BY_STORIES
            or found["resourceName"].startswith(RUN)
        ]
    if api == "ListTransactions" and isinstance(answer, dict):
        answer["transactionStates"] = [
            found
            for found in answer["transactionStates"]
            if found["transactionalId"].startswith(RUN)
        ]
    if api == "DescribeTransactions" and isinstance(answer, dict):
        for state in answer["transactionStates"]:
            for topic in state["topics"]:
                # Where a group's offsets are follows from its name, and so differs from run to run.
                if topic["topic"] == OFFSETS_TOPIC:
                    topic["partitions"] = "<partitions>"
    if api == "DescribeLogDirs" and isinstance(answer, dict):
        for folder in answer["results"]:
            # The sizes of internal topics follow from the names of groups, which are new each time.
            folder["topics"] = [one for one in folder["topics"] if one["name"].startswith(RUN)]
    if api == "ListGroups" and isinstance(answer, dict):
        answer["groups"] = [found for found in answer["groups"] if found["groupId"].startswith(RUN)]
    return result


def without_bytes(value: Any) -> Any:
    """Records by what they hold: how another compressor packs them is its own affair."""
    if isinstance(value, list):
        return [without_bytes(inner) for inner in value]
    if isinstance(value, dict):
        kept = {key: inner for key, inner in value.items() if not packed(key, value)}
        return {key: without_bytes(inner) for key, inner in kept.items()}
    return value


def packed(key: str, owner: Mapping[str, Json]) -> bool:
    return key in ("bytes", "size") and "batches" in owner


def distinctive(value: Json) -> bool:
    """A captured value that can be recognised wherever it comes up again."""
    return (isinstance(value, str) and value not in ("", ZERO_ID)) or (
        isinstance(value, int) and value > 100_000
    )


def others(topic: Mapping[str, Json]) -> bool:
    name = topic["name"]
    return topic["errorCode"] == 0 and isinstance(name, str) and not name.startswith(RUN)


def walk(api: str, name: str, value: Any, tokens: Mapping[Json, str]) -> Any:
    if isinstance(value, dict):
        result = {key: walk(api, key, inner, tokens) for key, inner in value.items()}
        if any(batch["maxTimestamp"] == "<now>" for batch in result.get("batches", ())):
            result["bytes"] = "<bytes with the time>"
        return result
    if isinstance(value, list):
        items = [walk(api, name, inner, tokens) for inner in value]
        unordered = (api, name) in UNORDERED
        return sorted(items, key=json.dumps) if unordered else items
    if (
        name in ("timestamp", "maxTimestamp", "lastTimestamp")
        and isinstance(value, int)
        and SINCE < value < IN_TEN_YEARS
    ):
        return "<now>"
    if isinstance(value, str | int) and not isinstance(value, bool) and value in tokens:
        return tokens[value]
    if name in CHOSEN and value is not None and CHOSEN[name][0](value):
        return CHOSEN[name][1]
    if isinstance(value, str):
        value = value.replace(tokens[RUN], RUN)
        return TIME_RANGE.sub("within [<earliest>, <latest>]", UUID.sub("<uuid>", value))
    return value
