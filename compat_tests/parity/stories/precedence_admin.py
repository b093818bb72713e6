"""Two faults at once in requests of administrators, and in those for metadata."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from compat_tests.parity.script import Json, Step, Story, call
from compat_tests.parity.stories.common import NOWHERE, UNKNOWN_ID, ZERO_ID, group, topic
from compat_tests.parity.stories.two_faults import TWICE, Checks, Fault, More, Table

INTERNAL = "__consumer_offsets"
NEW = "${topic}.new"
TOPIC, BROKER, LOGGER, METRICS, GROUP = 2, 4, 8, 16, 32
SET, DELETE, APPEND = range(3)
SOON: Fault = {"timeoutMs": 5000}  # without any, it is by chance whether topics are made


def stories() -> Iterator[Story]:
    for checks in CHECKS:
        yield from checks.stories()


def topics() -> Iterator[Step]:
    yield from topic(1, "${topic}.other")
    yield from topic(2, retention_ms="5000")
    yield from group()


def assigned(index: int, *brokers: int) -> Fault:
    return {"topics.0.assignments": [{"partitionIndex": index, "brokerIds": list(brokers)}]}


def create(_version: int) -> Table:
    wanted: dict[str, Json] = {"name": NEW, "numPartitions": 2, "replicationFactor": 1}
    wanted |= {"assignments": [], "configs": []}
    body = {"topics": [wanted], "timeoutMs": 5000, "validateOnly": False}
    first = "topics.0."

    def having(*settings: tuple[str, str | None]) -> Fault:
        return {f"{first}configs": [{"name": key, "value": value} for key, value in settings]}

    left_to_it = {f"{first}numPartitions": -1, f"{first}replicationFactor": -1}
    return body, {
        "no name": {f"{first}name": ""},
        "bad name": {f"{first}name": "a/b"},
        "existing": {f"{first}name": "${topic}"},
        "colliding": {f"{first}name": "${topic}_other"},
        "metadata log": {f"{first}name": "__cluster_metadata"},
        "no partitions": {f"{first}numPartitions": 0},
        "too many partitions": {f"{first}numPartitions": 10_001},
        "no replicas": {f"{first}replicationFactor": 0},
        "too many replicas": {f"{first}replicationFactor": 3},
        "unknown broker": assigned(0, 7),
        "no brokers": {**assigned(0), **left_to_it},
        "not from 0 on": {**assigned(1, 1), **left_to_it},
        "unknown setting": having(("no.such", "1")),
        "wrong setting": having(("retention.ms", "x")),
        "null setting": having(("retention.ms", None), ("no.such", "1")),
        "setting twice": having(("retention.ms", "7"), ("retention.ms", "x")),
        "twice": {"topics": TWICE},
        "a good one too": {"topics": More({**wanted, "name": "${topic}.good"}), **SOON},
        "no time": {"timeoutMs": 0},
        "only looks": {"validateOnly": True},
    }


def delete(version: int) -> Table:
    if version < 6:
        return {"topicNames": ["${topic}-none"], "timeoutMs": 5000}, {
            "bad name": {"topicNames.0": "a/b"},
            "no name": {"topicNames.0": ""},
            "metadata log": {"topicNames.0": "__cluster_metadata"},
            "twice": {"topicNames": TWICE},
            "another": {"topicNames": More(NOWHERE)},
            "no time": {"timeoutMs": 0},
        }
    unknown = {"name": None, "topicId": UNKNOWN_ID}
    faults: dict[str, Fault] = {
        "bad name": {"topics.0": {"name": "a/b"}},
        "no name": {"topics.0": {"name": ""}},
        "nothing": {"topics.0": {"name": None}},
        "name and id": {"topics.0": {"name": "${topic}", "topicId": "${id}"}},
        "unknown id": {"topics.0": unknown},
        "nothing in second place": {"topics.1": {"name": None}},
        "name and id in second place": {"topics.1": {"name": NOWHERE, "topicId": "${id}"}},
        "unknown id in second place": {"topics.1": unknown},
        "twice": {"topics": TWICE},
        "no time": {"timeoutMs": 0},
    }
    return {"topics": [{"name": NOWHERE}, {"name": f"{NOWHERE}-2"}], "timeoutMs": 5000}, faults


def grow(_version: int) -> Table:
    wanted = {"name": "${topic}", "count": 3, "assignments": None}
    first = "topics.0."

    def on(*replicas: list[int]) -> Fault:
        return {f"{first}assignments": [{"brokerIds": brokers} for brokers in replicas]}

    return {"topics": [wanted], "timeoutMs": 5000, "validateOnly": True}, {
        "unknown topic": {f"{first}name": NOWHERE},
        "bad name": {f"{first}name": "a/b"},
        "as many": {f"{first}count": 2},
        "fewer": {f"{first}count": 1},
        "less than none": {f"{first}count": -1},
        "too many": {f"{first}count": 10_003},
        "no assignments": on(),
        "too many assignments": on([1], [1]),
        "unknown broker": on([7]),
        "broker twice, and unknown": on([7, 7]),
        "no brokers": on([]),
        "more brokers": on([1, 7]),
        "twice": {"topics": TWICE},
        "another too": {"topics": More(wanted | {"name": "${topic}.other", "count": 2})},
        "no time": {"timeoutMs": 0},
    }


RESOURCES: dict[str, tuple[int, str]] = {
    "topic": (TOPIC, "${topic}"),
    "broker": (BROKER, "1"),
    "group": (GROUP, "${group}"),
    "metrics": (METRICS, "${run}"),
}


def resources(kind: int, name: str) -> dict[str, Fault]:
    first = "resources.0."
    faults: dict[str, Fault] = {
        "another kind": {f"{first}resourceType": 9},
        "a logger": {f"{first}resourceType": LOGGER},
        "no name": {f"{first}resourceName": ""},
        "bad name": {f"{first}resourceName": "a/b"},
        "unknown name": {f"{first}resourceName": "7"},
        "twice": {"resources": TWICE},
        "only looks": {"validateOnly": True},
    }
    if kind == BROKER:  # it would hold for all stories
        del faults["no name"]
    return faults


KEYS = {
    TOPIC: ("retention.ms", "cleanup.policy"),
    BROKER: ("log.cleaner.threads", "listeners"),
    GROUP: ("consumer.session.timeout.ms", "share.auto.offset.reset"),
    METRICS: ("interval.ms", "metrics"),
}


def changes(kind: int, *, incremental: bool) -> dict[str, Fault]:
    """Of one setting that is a number, and one that is a list or a word."""
    number, words = KEYS[kind]

    def having(*settings: tuple[str, str | None, int]) -> Fault:
        return {
            "resources.0.configs": [
                {"name": key, "value": value} | ({"configOperation": how} if incremental else {})
                for key, value, how in settings
            ]
        }

    faults = {
        "unknown setting": having(("no.such", "1", SET)),
        "wrong value": having((number, "x", SET)),
        "null value": having((number, None, SET), ("no.such", "1", SET)),
        "key twice": having((number, "x", SET), (number, None, SET)),
        "none": having(),
        "wrong and unknown": having((number, "x", SET), ("no.such", "1", SET)),
        "unknown and wrong": having(("no.such", "1", SET), (number, "x", SET)),
    }
    if incremental:
        faults |= {
            "another operation": having((number, "x", 9)),
            "another operation after null": having((words, None, SET), (number, "5", 9)),
            "append to a number": having((number, "5", APPEND)),
            "append what is wrong": having((words, "no", APPEND), (number, "x", SET)),
            "append to unknown": having(("no.such", "5", APPEND), (number, "x", SET)),
            "append null": having((words, None, APPEND), (words, "x", SET)),
            "delete": having((number, "x", DELETE), ("no.such", None, DELETE)),
        }
    return faults


def alter(of: str, *, incremental: bool) -> Callable[[int], Table]:
    def table(_version: int) -> Table:
        kind, name = RESOURCES[of]
        resource = {"resourceType": kind, "resourceName": name, "configs": []}
        faults = resources(kind, name) | changes(kind, incremental=incremental)
        if not incremental:  # Kafka never answers
            del faults["twice"]
        return {"resources": [resource], "validateOnly": False}, faults

    return table


def describe_configs(version: int) -> Table:
    resource = {"resourceType": TOPIC, "resourceName": "${topic}"}
    resource |= {"configurationKeys": ["retention.ms"]}
    first = "resources.0."
    other = {"resourceType": 9, "resourceName": "x", "configurationKeys": []}
    faults = resources(TOPIC, "${topic}")
    del faults["only looks"]
    return {"resources": [resource], "includeSynonyms": True}, faults | {
        "of a broker": {f"{first}resourceType": BROKER},
        "of a group": {f"{first}resourceType": GROUP},
        "of metrics": {f"{first}resourceType": METRICS},
        "no keys": {f"{first}configurationKeys": []},
        "unknown key": {f"{first}configurationKeys": ["no.such"]},
        "another kind too": {"resources": More(other)},
        "a good one too": {"resources": More(resource)},
    }


def quotas(_version: int) -> Table:
    entry = {
        "entity": [{"entityType": "user", "entityName": "${run}"}],
        "ops": [{"key": "producer_byte_rate", "value": 1e9, "remove": False}],
    }
    named = "entries.0.entity"
    return {"entries": [entry], "validateOnly": False}, {
        "another kind": {f"{named}.0.entityType": "no"},
        "an address": {f"{named}.0": {"entityType": "ip", "entityName": "192.0.2.1"}},
        "no name": {f"{named}.0.entityName": ""},
        "an address too": {named: More({"entityType": "ip", "entityName": "a b"})},
        "another kind too": {named: More({"entityType": "no", "entityName": ""})},
        "nobody": {named: []},
        "unknown key": {"entries.0.ops.0.key": "no"},
        "negative": {"entries.0.ops.0.value": -1.0},
        "not whole": {"entries.0.ops.0.value": 1.5},
        "removes": {"entries.0.ops.0.remove": True},
        "key twice": {"entries.0.ops": TWICE},
        "unknown key too": {"entries.0.ops": More({"key": "no", "value": 1, "remove": False})},
        "twice": {"entries": TWICE},
        "no ops": {"entries.0.ops": []},
        "only looks": {"validateOnly": True},
    }


def elect(version: int) -> Table:
    wanted = {"topic": "${topic}", "partitions": [0]}
    body: dict[str, Json] = {"topicPartitions": [wanted], "timeoutMs": 5000}
    faults: dict[str, Fault] = {
        "no time": {"timeoutMs": 0},
        "unknown topic": {"topicPartitions.0.topic": NOWHERE},
        "bad name": {"topicPartitions.0.topic": "a/b"},
        "unknown partition": {"topicPartitions.0.partitions.0": 7},
        "no partitions": {"topicPartitions.0.partitions": []},
        "partition twice": {"topicPartitions.0.partitions": TWICE},
        "topic twice": {"topicPartitions": TWICE},
        "nothing": {"topicPartitions": []},
    }
    if version >= 1:
        faults["unclean"] = {"electionType": 1}
        faults["another election"] = {"electionType": 9}
        body |= {"electionType": 0}
    return body, faults


def move(version: int) -> Table:
    wanted = {"partitionIndex": 0, "replicas": [1]}
    body: dict[str, Json] = {
        "timeoutMs": 5000,
        "topics": [{"name": "${topic}", "partitions": [wanted]}],
    }
    replicas = "topics.0.partitions.0.replicas"
    faults: dict[str, Fault] = {
        "no time": {"timeoutMs": 0},
        "unknown topic": {"topics.0.name": NOWHERE},
        "bad name": {"topics.0.name": "a/b"},
        "unknown partition": {"topics.0.partitions.0.partitionIndex": 7},
        "no move": {replicas: None},
        "no replicas": {replicas: []},
        "unknown broker": {replicas: [7]},
        "broker twice": {replicas: [1, 1]},
        "two brokers": {replicas: [1, 7]},
        "partition twice": {"topics.0.partitions": TWICE},
        "topic twice": {"topics": TWICE},
        "no topics": {"topics": []},
    }
    if version >= 1:
        faults["of as many"] = {"allowReplicationFactorChange": False}
    return body, faults


def move_folders(_version: int) -> Table:
    body = {"dirs": [{"path": "/no/such", "topics": [{"name": "${topic}", "partitions": [0]}]}]}
    return body, {
        "no path": {"dirs.0.path": ""},
        "a path from here": {"dirs.0.path": "data"},
        "unknown topic": {"dirs.0.topics.0.name": NOWHERE},
        "bad name": {"dirs.0.topics.0.name": "a/b"},
        "long name": {"dirs.0.topics.0.name": "x" * 240},
        "unknown partition": {"dirs.0.topics.0.partitions.0": 7},
        "negative partition": {"dirs.0.topics.0.partitions.0": -1},
        "partition twice": {"dirs.0.topics.0.partitions": TWICE},
        "folder twice": {"dirs": TWICE},
        "nothing": {"dirs": []},
    }


def folders(_version: int) -> Table:
    return {"topics": [{"topic": "${topic}", "partitions": [0]}]}, {
        "unknown topic": {"topics.0.topic": NOWHERE},
        "bad name": {"topics.0.topic": "a/b"},
        "unknown partition": {"topics.0.partitions.0": 7},
        "partition twice": {"topics.0.partitions": TWICE},
        "topic twice": {"topics": TWICE},
        "no topics": {"topics": []},
        "a good one too": {"topics.0.partitions": More(1)},
    }


def partitions(_version: int) -> Table:
    body = {"topics": [{"name": "${topic}"}], "responsePartitionLimit": 5, "cursor": None}
    return body, {
        "unknown topic": {"topics.0.name": NOWHERE},
        "bad name": {"topics.0.name": "a/b"},
        "no name": {"topics.0.name": ""},
        "twice": {"topics": TWICE},
        "another too": {"topics": More({"name": "${topic}.other"})},
        "no room": {"responsePartitionLimit": 0},
        "less than no room": {"responsePartitionLimit": -1},
        "little room": {"responsePartitionLimit": 1},
        "from the middle": {"cursor": {"topicName": "${topic}", "partitionIndex": 1}},
        "from beyond": {"cursor": {"topicName": "${topic}", "partitionIndex": 9}},
        "from before": {"cursor": {"topicName": "${topic}", "partitionIndex": -1}},
        "from another": {"cursor": {"topicName": NOWHERE, "partitionIndex": 0}},
        "from another's middle": {"cursor": {"topicName": "zzz", "partitionIndex": -1}},
    }


def list_transactions(version: int) -> Table:
    faults: dict[str, Fault] = {
        "unknown state": {"stateFilters.0": "no"},
        "state twice": {"stateFilters": More("no")},
        "unknown producer": {"producerIdFilters": [999_999]},
    }
    if version >= 1:
        faults["no duration"] = {"durationFilter": -5}
    if version >= 2:
        faults["bad pattern"] = {"transactionalIdPattern": "("}
        faults["empty pattern"] = {"transactionalIdPattern": ""}
    return {"stateFilters": ["Ongoing"], "producerIdFilters": []}, faults


def metadata(version: int) -> Table:
    body: dict[str, Json] = {"topics": [{"name": "${topic}"}]}
    faults: dict[str, Fault] = {
        "bad name": {"topics.0.name": "a/b"},
        "no name": {"topics.0.name": ""},
        "long name": {"topics.0.name": "x" * 250},
        "twice": {"topics": TWICE},
        "a good one too": {"topics": More({"name": "${topic}.other"})},
    }
    if version >= 4:
        body |= {"allowAutoTopicCreation": False}
        faults["unknown topic"] = {"topics.0.name": NOWHERE}
        faults["colliding"] = {"topics.0.name": "${topic}_other"}
        faults["makes topics"] = {"allowAutoTopicCreation": True, "topics.0.name": "a b"}
    if version >= 8:
        faults["what one may do"] = {"includeTopicAuthorizedOperations": True}
    if version >= 10:
        faults |= {
            "null name": {"topics.0.name": None},
            "its id": {"topics.0.topicId": "${id}"},
            "unknown id": {"topics.0.topicId": UNKNOWN_ID},
            "an unknown id too": {"topics": More({"name": None, "topicId": UNKNOWN_ID})},
            "nothing too": {"topics": More({"name": None, "topicId": ZERO_ID})},
        }
    return body, faults


def features(version: int) -> Table:
    update = {"feature": "metadata.version", "maxVersionLevel": 30, "upgradeType": 1}
    body = {"timeoutMs": 5000, "featureUpdates": [update], "validateOnly": True}
    first = "featureUpdates.0."
    other = {"feature": "no.such", "maxVersionLevel": 1, "upgradeType": 1}
    return body, {
        "unknown feature": {f"{first}feature": "no.such"},
        "another feature": {f"{first}feature": "kraft.version"},
        "negative": {f"{first}maxVersionLevel": -1},
        "nothing": {f"{first}maxVersionLevel": 0},
        "too high": {f"{first}maxVersionLevel": 99},
        "lower": {f"{first}maxVersionLevel": 29},
        "another kind": {f"{first}upgradeType": 9},
        "downgrade": {f"{first}upgradeType": 2},
        "unsafe downgrade": {f"{first}upgradeType": 3},
        "twice": {"featureUpdates": TWICE},
        "unknown one too": {"featureUpdates": More(other)},
        "no time": {"timeoutMs": 0},
    }


def told(kind: int, name: str, *keys: str) -> Step:
    resource = {"resourceType": kind, "resourceName": name, "configurationKeys": list(keys)}
    return call("DescribeConfigs", 4, {"resources": [resource]}, "what holds")


NAMES = ("${topic}", NEW, "${topic}.good")
ASKED = {"topics": [{"name": name} for name in NAMES], "allowAutoTopicCreation": False}
THERE = call("Metadata", 12, ASKED, "what is there")
USER = {"components": [{"entityType": "user", "matchType": 0, "match": "${run}"}]}
ALTERING = tuple(
    Checks(
        api,
        versions,
        alter(of, incremental=api.startswith("Incremental")),
        topics,
        (told(*RESOURCES[of], KEYS[RESOURCES[of][0]][0]),),
        what=f"-{of}",
    )
    for api, versions in (("AlterConfigs", (2,)), ("IncrementalAlterConfigs", (1,)))
    for of in RESOURCES
)
CHECKS = (
    Checks("CreateTopics", (7,), create, topics, (THERE,)),
    Checks("DeleteTopics", (5, 6), delete, topics, (THERE,)),
    Checks("CreatePartitions", (3,), grow, topics, (THERE,)),
    *ALTERING,
    Checks("DescribeConfigs", (4,), describe_configs, topics),
    Checks(
        "AlterClientQuotas",
        (1,),
        quotas,
        after=(call("DescribeClientQuotas", 1, USER | {"strict": False}, "what holds"),),
    ),
    Checks("ElectLeaders", (0, 2), elect, topics),
    Checks("AlterPartitionReassignments", (1,), move, topics, (THERE,)),
    Checks("AlterReplicaLogDirs", (2,), move_folders, topics),
    Checks("DescribeLogDirs", (4,), folders, topics),
    Checks("DescribeTopicPartitions", (0,), partitions, topics),
    Checks("ListTransactions", (2,), list_transactions),
    Checks("Metadata", (0, 4, 10, 13), metadata, topics),
    Checks("UpdateFeatures", (2,), features),
)
