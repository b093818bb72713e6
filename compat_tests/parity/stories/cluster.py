"""What a single node answers to whoever administers a cluster, and while security is off."""

from __future__ import annotations

from collections.abc import Iterator

from compat_tests.parity.script import Json, Step, Story, call
from compat_tests.parity.stories.common import NOWHERE, topic, versions
from kbroker.metadata.features import FEATURES

METADATA_LOG = "__cluster_metadata"
DIRECTORY = "AAAAAAAAAAAAAAAAAAAAAQ"


def stories() -> Iterator[Story]:
    yield Story("cluster-elect-leaders", list(elections()))
    yield Story("cluster-reassignments", list(reassignments()))
    yield Story("cluster-quorum", list(quorum()))
    yield Story("cluster-voters", list(voters()))
    yield Story("cluster-features", list(features()))
    yield Story("cluster-acls", list(acls()))
    yield Story("cluster-tokens", list(tokens()))


def elections() -> Iterator[Step]:
    yield from topic(2)
    wanted: list[Json] = [{"topic": "${topic}", "partitions": [0, 1, 7, -1]}]
    wanted.append({"topic": NOWHERE, "partitions": [0]})
    for version in versions("ElectLeaders"):
        for kind in (0, 1, 5) if version else (0,):
            body = {"topicPartitions": wanted, "timeoutMs": 1000}
            body |= {"electionType": kind} if version else {}
            yield call("ElectLeaders", version, body, f"v{version} type {kind}")
            yield call("ElectLeaders", version, body | {"timeoutMs": 0}, f"v{version} late {kind}")
        body = {"topicPartitions": [], "timeoutMs": 1000} | ({"electionType": 0} if version else {})
        yield call("ElectLeaders", version, body, f"v{version} nothing")


def reassignments() -> Iterator[Step]:
    yield from topic(1)
    for version in versions("AlterPartitionReassignments"):
        for replicas in ([1], None, [9], [1, 9], [], [-1], [1, 1]):
            for index in (0, 9):
                yield call(
                    "AlterPartitionReassignments",
                    version,
                    reassigned("${topic}", index, replicas),
                    f"v{version} {index} to {replicas}",
                )
        nowhere = reassigned(NOWHERE, 0, [1])
        yield call("AlterPartitionReassignments", version, nowhere, f"v{version} no topic")
        late = reassigned("${topic}", 0, [1]) | {"timeoutMs": -1}
        yield call("AlterPartitionReassignments", version, late, f"v{version} late")
        nothing = {"timeoutMs": 1000, "topics": []}
        yield call("AlterPartitionReassignments", version, nothing, f"v{version} nothing")
    for topics in (None, [], [{"name": "${topic}", "partitionIndexes": [0, 9]}]):
        body = {"timeoutMs": 1000, "topics": topics}
        yield call("ListPartitionReassignments", 0, body, f"under way {topics}")


def reassigned(name: str, index: int, replicas: list[int] | None) -> dict[str, Json]:
    partition = {"partitionIndex": index, "replicas": replicas}
    return {"timeoutMs": 1000, "topics": [{"name": name, "partitions": [partition]}]}


def quorum() -> Iterator[Step]:
    for version in versions("DescribeQuorum"):
        for name, index in ((METADATA_LOG, 0), (METADATA_LOG, 1), (NOWHERE, 0)):
            partitions = [{"partitionIndex": index}]
            body = {"topics": [{"topicName": name, "partitions": partitions}]}
            yield call("DescribeQuorum", version, body, f"v{version} {name} {index}")
        yield call("DescribeQuorum", version, {"topics": []}, f"v{version} nothing")


def voters() -> Iterator[Step]:
    for broker_id in (99, -1):
        yield call("UnregisterBroker", 0, {"brokerId": broker_id}, f"unregister {broker_id}")
    for version in versions("AddRaftVoter"):
        for voter, directory in ((5, DIRECTORY), (-1, DIRECTORY), (5, "A" * 22)):
            body: dict[str, Json] = {"clusterId": None, "timeoutMs": 1000, "voterId": voter}
            listener = {"name": "CONTROLLER", "host": "h", "port": 1}
            body |= {"voterDirectoryId": directory, "listeners": [listener]}
            body |= {"ackWhenCommitted": True} if version else {}
            yield call("AddRaftVoter", version, body, f"add v{version} {voter} {directory}")
    for voter, directory in ((5, DIRECTORY), (1, DIRECTORY), (-1, DIRECTORY), (5, "A" * 22)):
        body = {"clusterId": None, "voterId": voter, "voterDirectoryId": directory}
        yield call("RemoveRaftVoter", 0, body, f"remove {voter} {directory}")


def features() -> Iterator[Step]:
    """Levels that are there already, and changes that cannot be: nothing is changed."""

    def one(version: int, what: str, *updates: tuple[str, int, int]) -> Step:
        keys: list[Json] = [
            {"feature": name, "maxVersionLevel": level}
            | ({"upgradeType": kind} if version else {"allowDowngrade": kind > 1})
            for name, level, kind in updates
        ]
        body: dict[str, Json] = {"timeoutMs": 5000, "featureUpdates": keys}
        body |= {"validateOnly": False} if version else {}
        return call("UpdateFeatures", version, body, f"v{version} {what}")

    for version in versions("UpdateFeatures"):
        yield one(version, "nothing")
        for name, levels in (
            ("metadata.version", (-1, 0, 6, 7, 29, 30, 31)), ("kraft.version", (-1, 0, 2)),
            ("no.such", (-1, 0, 1)), ("", (0, 1)),
        ):  # fmt: skip
            for level in levels:
                for kind in range(-1, 5):
                    yield one(version, f"{name} {level} as {kind}", (name, level, kind))
        twice = (("metadata.version", 31, 1), ("metadata.version", 30, 1))
        yield one(version, "named twice", *twice)
        yield one(version, "named twice, worse", *reversed(twice))
        yield one(version, "all wrong", *[(n, 99, 1) for n in ("no.such", *FEATURES, "so.good")])
    yield call("UpdateFeatures", 2, looked_at("kraft.version", 1), "only looked at")


def looked_at(name: str, level: int) -> dict[str, Json]:
    key = {"feature": name, "maxVersionLevel": level, "upgradeType": 1}
    return {"timeoutMs": 5000, "featureUpdates": [key], "validateOnly": True}


def acls() -> Iterator[Step]:
    pattern = {"operation": 3, "permissionType": 3}
    rule = {"resourceType": 2, "resourceName": "a", "resourcePatternType": 3}
    rule |= {"principal": "User:a", "host": "*"} | pattern
    wanted = {"resourceTypeFilter": 2, "resourceNameFilter": None, "patternTypeFilter": 3}
    wanted |= {"principalFilter": None, "hostFilter": None} | pattern
    for version in versions("DescribeAcls"):
        yield call("DescribeAcls", version, wanted)
        for count in (0, 1, 2):
            yield call("CreateAcls", version, {"creations": [rule] * count}, f"v{version} {count}")
            yield call("DeleteAcls", version, {"filters": [wanted] * count}, f"v{version} {count}")


def tokens() -> Iterator[Step]:
    for version in versions("CreateDelegationToken"):
        owner = {"ownerPrincipalType": None, "ownerPrincipalName": None} if version >= 3 else {}
        yield call("CreateDelegationToken", version, owner | {"renewers": [], "maxLifetimeMs": -1})
        for owners in (None, []):
            yield call(
                "DescribeDelegationToken", version, {"owners": owners}, f"v{version} {owners}"
            )
    for version in versions("RenewDelegationToken"):
        yield call("RenewDelegationToken", version, {"hmac": "eA==", "renewPeriodMs": 1})
        yield call("ExpireDelegationToken", version, {"hmac": "eA==", "expiryTimePeriodMs": 1})
