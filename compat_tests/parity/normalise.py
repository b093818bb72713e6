"""The written list of what may differ between two brokers that behave the same.

Two kinds: values that a broker chooses itself, and orders that hash maps gave. Everything else is
compared as it is. A broker is held to its own choices: each id that it has chosen becomes the same
label through the whole story, and two ids never become one.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from compat_tests.parity.script import Json

ZERO_ID = "AAAAAAAAAAAAAAAAAAAAAA"
UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
# Ids that a broker chooses, by field: when the value is one, and its kind.
IDS: dict[str, tuple[Callable[[Any], bool], str]] = {
    "topicId": (lambda value: value != ZERO_ID, "topic id"),
    "clientInstanceId": (lambda value: value != ZERO_ID, "client instance id"),
    "logDir": (bool, "folder"),
    "port": (lambda value: value > 0, "port"),
    "clusterId": (bool, "cluster id"),
    "sessionId": (lambda value: value != 0, "session id"),
    "producerId": (lambda value: value >= 0, "producer id"),
}
# Other values of its own: when the value is one, and what stands for it.
CHOSEN: dict[str, tuple[Callable[[Any], bool], str]] = {
    "totalBytes": (lambda value: value > 0, "<bytes>"),
    "usableBytes": (lambda value: value > 0, "<bytes>"),
    "documentation": (bool, "<a sentence>"),
    "finalizedFeaturesEpoch": (lambda value: value >= 0, "<epoch>"),
}
TIMES = {
    "timestamp", "maxTimestamp", "lastTimestamp", "logAppendTimeMs", "transactionStartTimeMs",
}  # fmt: skip
# Most values need no look: they are of a plain type, and of none of these fields.
CHANGED = IDS.keys() | CHOSEN.keys() | TIMES
PLAIN = (int, bool, type(None))
NOW = "<now>"
CLOCK_SLACK_MS = 2000  # of a broker in a container, and of steps whose time is taken a little later
# What stands for the name that begins all names of one play of a story, and those of other plays.
RUN = "<run>"
OTHER_RUN = re.compile(r"[0-9a-f]{8}-[a-z0-9]")
OFFSETS_TOPIC = "__consumer_offsets"
# Topics and groups that all stories share.
OF_ALL = (OFFSETS_TOPIC, "__transaction_state", "one", "")
# Error texts that tell the time.
TIME_RANGE = re.compile(r"within \[(-?\d+), (-?\d+)\]")
# Arrays in the order of a hash map, by API and name.
UNORDERED = {
    ("AlterReplicaLogDirs", "results"),
    ("AlterReplicaLogDirs", "partitions"),
    ("DescribeConfigs", "configs"),
    ("DescribeLogDirs", "topics"),
    ("DescribeLogDirs", "partitions"),
    ("DeleteRecords", "topics"),
    ("DeleteRecords", "partitions"),
    ("AlterClientQuotas", "entries"),
    ("DescribeClientQuotas", "entries"),
    ("DescribeClientQuotas", "entity"),
    ("DescribeClientQuotas", "values"),
    ("Metadata", "topics"),
    ("DeleteTopics", "responses"),
    ("ListOffsets", "topics"),
    ("ListOffsets", "partitions"),
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
    ("WriteTxnMarkers", "markers"),
    ("WriteTxnMarkers", "topics"),
    ("WriteTxnMarkers", "partitions"),
    ("ListConfigResources", "configResources"),
    ("DescribeGroups", "groups"),
    ("DescribeGroups", "members"),
    ("DeleteGroups", "results"),
}


# Lists of everything there is, by API: where they are, and the field that names an entry.
ALL_THERE_IS = {
    "Metadata": ("topics", "name"),
    "ListConfigResources": ("configResources", "resourceName"),
    "ListTransactions": ("transactionStates", "transactionalId"),
    "ListGroups": ("groups", "groupId"),
}


class Normaliser:
    """The outcomes of one play, in order, in the form in which two are compared.

    ``run`` begins the names of the play; it began at ``began_ms``.
    """

    def __init__(self, run: str, began_ms: int) -> None:
        self._run = run
        self._began_ms = began_ms
        self._labels: dict[tuple[str, Json], str] = {}
        self._counts: dict[str, int] = {}

    def normalised(self, api: str, outcome: Mapping[str, Json], at_ms: int) -> dict[str, Json]:
        """An outcome that was there at ``at_ms``."""
        found: dict[str, Json] = self._sorted(api, "", dict(outcome), at_ms)
        answer = found.get("answer")
        if isinstance(answer, dict):
            drop_others(api, answer)
        result: dict[str, Json] = self._labelled("", found)
        return result

    def _sorted(self, api: str, name: str, value: Any, at_ms: int) -> Any:
        """Everything but the ids, and what is unordered in an order that ids yet without a label
        have no part in: they get one in this order."""
        if isinstance(value, dict):
            result = {
                key: one
                if type(one) in PLAIN and key not in CHANGED
                else self._sorted(api, key, one, at_ms)
                for key, one in value.items()
            }
            if "batches" in result:
                result["bytes"] = comparable_bytes(value["bytes"], result["batches"])
            return result
        if isinstance(value, list):
            items = [self._sorted(api, name, one, at_ms) for one in value]
            return sorted(items, key=self._sort_key) if (api, name) in UNORDERED else items
        if name in TIMES and isinstance(value, int):
            is_now = self._began_ms <= value + CLOCK_SLACK_MS and value <= at_ms + CLOCK_SLACK_MS
            return NOW if is_now else value
        if name in CHOSEN and value is not None and CHOSEN[name][0](value):
            return CHOSEN[name][1]
        if isinstance(value, str):
            return TIME_RANGE.sub(time_range, value.replace(self._run, RUN))
        return value

    def _sort_key(self, value: Json) -> str:
        return json.dumps(self._walk("", value, self._known))

    def _labelled(self, name: str, value: Json) -> Json:
        return self._walk(name, value, self._label)

    def _walk(self, name: str, value: Any, label: Callable[[str, Json], str]) -> Any:
        """Ids as ``label`` gives them."""
        if isinstance(value, dict):
            return {
                # What failed has no producer, and 0 where one would be.
                key: one
                if (type(one) in PLAIN and key not in CHANGED)
                or (key == "producerId" and value.get("errorCode"))
                else self._walk(key, one, label)
                for key, one in value.items()
            }
        if isinstance(value, list):
            return [self._walk(name, one, label) for one in value]
        if value is not None and name in IDS and IDS[name][0](value):
            return label(IDS[name][1], value)
        if isinstance(value, str) and "-" in value:  # not in the long texts of bytes
            return UUID.sub(lambda found: label("uuid", found[0]), value)
        return value

    def _known(self, kind: str, value: Json) -> str:
        return self._labels.get((kind, value), f"<{kind}>")

    def _label(self, kind: str, value: Json) -> str:
        if (kind, value) not in self._labels:
            self._counts[kind] = self._counts.get(kind, 0) + 1
            self._labels[kind, value] = f"<{kind} {self._counts[kind]}>"
        return self._labels[kind, value]


def time_range(found: re.Match[str]) -> str:
    """It moves with the clock; its length does not."""
    return f"within {int(found[2]) - int(found[1])} ms of now"


def drop_others(api: str, answer: dict[str, Any]) -> None:
    """What other stories made, and only that: anything else that is not this story's is red."""
    if api in ALL_THERE_IS:
        where, name = ALL_THERE_IS[api]
        answer[where] = [one for one in answer[where] if not is_of_others(one[name])]
    if api == "DescribeLogDirs":
        for folder in answer["results"]:
            folder["topics"] = [one for one in folder["topics"] if not is_of_others(one["name"])]
    if api == "DescribeTransactions":
        for state in answer["transactionStates"]:
            for topic in state["topics"]:
                # Where a group's offsets are follows from its name.
                if topic["topic"] == OFFSETS_TOPIC:
                    topic["partitions"] = "<partitions>"


def is_of_others(name: str | None) -> bool:
    return name in OF_ALL or OTHER_RUN.match(name or "") is not None


# Positions in a batch of version 2 (the first from its start on).
LENGTH, CRC, BASE_TIMESTAMP, MAX_TIMESTAMP, PRODUCER_ID = 8, 17, 27, 35, 43


def comparable_bytes(text: str, batches: list[dict[str, Json]]) -> str:
    """The bytes of batches, zero where times of the broker and ids that it chose are, and then in
    the checksum."""
    data = bytearray(base64.b64decode(text))
    position = 0
    for batch in batches:
        length = int.from_bytes(data[position + LENGTH : position + LENGTH + 4], "big")
        if batch["magic"] == 2:
            chosen = [PRODUCER_ID] if batch["producerId"] >= 0 else []
            if batch["maxTimestamp"] == NOW:
                chosen += [MAX_TIMESTAMP]
                chosen += [BASE_TIMESTAMP] if batch["control"] else []
            for start in chosen:
                data[position + start : position + start + 8] = bytes(8)
            if chosen:
                data[position + CRC : position + CRC + 4] = bytes(4)
        position += 12 + length
    return base64.b64encode(data).decode()


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
