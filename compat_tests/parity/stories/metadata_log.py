"""The log of the cluster's metadata is no topic of clients: each API refuses its name and id."""

from __future__ import annotations

from collections.abc import Iterator

from compat_tests.parity.batches import Batch, b64
from compat_tests.parity.script import Json, Step, Story, call
from compat_tests.parity.stories.common import at, fetch_body, produce_body, topic

SET: dict[str, Json] = {"configOperation": 0}
NAME, ID = "__cluster_metadata", "AAAAAAAAAAAAAAAAAAAAAQ"


def stories() -> Iterator[Story]:
    yield Story("metadata-log-created", list(created()))
    yield Story("metadata-log-read", list(read()))
    yield Story("metadata-log-written", list(written()))
    yield Story("metadata-records-of-a-request", list(many_records()))
    yield Story("metadata-names-that-collide", list(colliding()))


def wanted(name: str, **more: Json) -> dict[str, Json]:
    return {"name": name, "numPartitions": 1, "replicationFactor": 1} | more


def created() -> Iterator[Step]:
    def one(what: str, *topics: dict[str, Json], **more: Json) -> Step:
        body = {"topics": list(topics), "timeoutMs": 5000} | more
        return call("CreateTopics", 7, body, what)

    for version in (2, 7):
        body = {"topics": [wanted(NAME)], "timeoutMs": 5000}
        yield call("CreateTopics", version, body, f"create v{version}")
    yield one("validate", wanted(NAME), validateOnly=True)
    yield one("twice", wanted(NAME), wanted(NAME))
    yield one("no partitions", wanted(NAME, numPartitions=0))
    yield one("late", wanted(NAME), timeoutMs=0)
    yield one("late, with others", wanted(NAME), wanted("${topic}-late"), timeoutMs=0)
    mixed = [wanted("${topic}-b"), wanted(NAME), wanted("${topic}-a")]
    yield one("with others", *mixed, wanted("${topic}-c"), wanted("${topic}-c"))
    many = wanted(NAME, numPartitions=10_001)
    yield one("does not count", many, wanted("${topic}-d"), validateOnly=True)
    twice = wanted("${topic}-e", numPartitions=6000)
    yield one("nor do names that come twice", twice, twice, validateOnly=True)
    for allow in (False, True, False):
        body = {"topics": [{"name": NAME}], "allowAutoTopicCreation": allow}
        yield call("Metadata", 12, body, f"Metadata, creating it: {allow}")


def read() -> Iterator[Step]:
    for version, name in ((12, NAME), (13, ID)):
        yield call("Fetch", version, fetch_body(version, [at(0)], name, maxWaitMs=0))
    yield call("Metadata", 12, {"topics": [{"name": None, "topicId": ID}]}, "Metadata by id")
    yield call(
        "DescribeTopicPartitions", 0, {"topics": [{"name": NAME}], "responsePartitionLimit": 9}
    )
    partition = {"partitionIndex": 0, "timestamp": -1}
    body: dict[str, Json] = {"replicaId": -1, "topics": [{"name": NAME, "partitions": [partition]}]}
    yield call("ListOffsets", 7, body)
    epoch = {"partition": 0, "currentLeaderEpoch": -1, "leaderEpoch": 1}
    body = {"replicaId": -1, "topics": [{"topic": NAME, "partitions": [epoch]}]}
    yield call("OffsetForLeaderEpoch", 4, body)
    yield call("DescribeProducers", 0, {"topics": [{"name": NAME, "partitionIndexes": [0]}]})
    yield call("DescribeConfigs", 4, {"resources": [{"resourceType": 2, "resourceName": NAME}]})
    yield call("DescribeLogDirs", 4, {"topics": [{"topic": NAME, "partitions": [0]}]})


def written() -> Iterator[Step]:
    for version, name in ((9, NAME), (13, ID)):
        yield call("Produce", version, produce_body(version, b64(Batch()), 0, name))
    delete = {"name": NAME, "partitions": [{"partitionIndex": 0, "offset": 1}]}
    yield call("DeleteRecords", 2, {"topics": [delete], "timeoutMs": 5000})
    for which in ({"name": NAME}, {"name": None, "topicId": ID}):
        yield call("DeleteTopics", 6, {"topics": [which], "timeoutMs": 5000}, f"delete {which}")
    grown = {"name": NAME, "count": 2, "assignments": None}
    body: dict[str, Json] = {"topics": [grown], "timeoutMs": 5000, "validateOnly": False}
    yield call("CreatePartitions", 3, body)
    setting: dict[str, Json] = {"name": "retention.ms", "value": "5000"}
    for api, version, more in (("AlterConfigs", 2, {}), ("IncrementalAlterConfigs", 1, SET)):
        resource = {"resourceType": 2, "resourceName": NAME, "configs": [setting | more]}
        yield call(api, version, {"resources": [resource], "validateOnly": False})
    election = {"topic": NAME, "partitions": [0]}
    yield call(
        "ElectLeaders", 2, {"electionType": 0, "topicPartitions": [election], "timeoutMs": 5000}
    )


def colliding() -> Iterator[Step]:
    """Why a topic cannot be created for Metadata is told to nobody."""
    yield from topic(1, name="${run}.x")
    body = {"topics": [{"name": "${run}_x"}], "allowAutoTopicCreation": True}
    for _ in range(2):
        yield call("Metadata", 12, body)


def many_records() -> Iterator[Step]:
    """One request may write 10,000; nothing but the last step writes any."""

    def create(what: str, *topics: dict[str, Json], validate: bool = True) -> Step:
        body = {"topics": list(topics), "timeoutMs": 30_000, "validateOnly": validate}
        return call("CreateTopics", 3, body, what, patience_s=60)

    for count in (5000, 5001):
        yield create(f"{count} topics", *(wanted(f"${{topic}}-{n}") for n in range(count)))
    for count in (9999, 10_000):
        yield create(f"{count} partitions", wanted("${topic}", numPartitions=count))
    session = {"name": "consumer.session.timeout.ms", "value": "50000"}
    for api, version, more in (("AlterConfigs", 2, {}), ("IncrementalAlterConfigs", 1, SET)):
        for count in (10_000, 10_001):
            resources = [
                {"resourceType": 32, "resourceName": f"${{group}}{n}", "configs": [session | more]}
                for n in range(count)
            ]
            body = {"resources": resources, "validateOnly": True}
            yield call(api, version, body, f"{api} of {count} groups", patience_s=60)
    rate = {"key": "producer_byte_rate", "value": 1.0, "remove": False}
    entries = [
        {"entity": [{"entityType": "user", "entityName": f"${{run}}{n}"}], "ops": [rate]}
        for n in range(10_001)
    ]
    yield call("AlterClientQuotas", 1, {"entries": entries, "validateOnly": True}, patience_s=60)
    yield from topic(1)
    for count in (10_001, 10_002):
        grown = {"name": "${topic}", "count": count, "assignments": None}
        body = {"topics": [grown], "timeoutMs": 30_000, "validateOnly": True}
        yield call("CreatePartitions", 3, body, f"{count} partitions", patience_s=60)
    long = [wanted(f"${{run}}-{n:04}-".ljust(225, "x")) for n in range(1500)]
    yield create("long names", *long, validate=False)
    names = [one["name"] for one in long]
    yield call("DeleteTopics", 5, {"topicNames": names, "timeoutMs": 30_000})
