"""The cluster, partitions added, records deleted, and where partitions are: every version."""

from __future__ import annotations

from collections.abc import Iterator

from compat_tests.parity.batches import Batch, Rec, b64
from compat_tests.parity.script import Json, Step, Story, call, prepare
from compat_tests.parity.stories.common import (
    NOWHERE,
    at,
    fetch_body,
    produce_body,
    topic,
    versions,
)


def stories() -> Iterator[Story]:
    for version in versions("DescribeCluster"):
        yield Story(f"describe-cluster-v{version}", list(describe_cluster(version)))
    for version in versions("CreatePartitions"):
        yield Story(f"create-partitions-v{version}", list(create_partitions(version)))
    for version in versions("DeleteRecords"):
        yield Story(f"delete-records-v{version}", list(delete_records(version)))
    yield Story("describe-topic-partitions", list(describe_topic_partitions()))
    for version in versions("DescribeLogDirs"):
        yield Story(f"describe-log-dirs-v{version}", list(describe_log_dirs(version)))
    for version in versions("AlterReplicaLogDirs"):
        yield Story(f"alter-replica-log-dirs-v{version}", list(alter_replica_log_dirs(version)))


def describe_cluster(version: int) -> Iterator[Step]:
    for operations in (False, True):
        body: dict[str, Json] = {"includeClusterAuthorizedOperations": operations}
        yield call("DescribeCluster", version, body, f"operations {operations}")
    if version >= 1:
        for kind in (0, 2, 3, -1):
            yield call("DescribeCluster", version, body | {"endpointType": kind}, f"type {kind}")
    if version >= 2:
        body |= {"includeFencedBrokers": True}
        yield call("DescribeCluster", version, body, "fenced ones")


def create_partitions(version: int) -> Iterator[Step]:
    def grow(what: str, *wanted: dict[str, Json], **more: Json) -> Step:
        topics = [{"name": "${topic}", "assignments": None} | one for one in wanted]
        body = {"topics": topics, "timeoutMs": 10000, "validateOnly": False} | more
        return call("CreatePartitions", version, body, what)

    def manual(*replicas: list[int]) -> list[Json]:
        return [{"brokerIds": brokers} for brokers in replicas]

    yield from topic(2)
    yield grow("nothing")
    yield grow("only looked at", {"count": 3}, validateOnly=True)
    yield grow("as many", {"count": 2})
    for count in (1, 0, -1):
        yield grow(f"to {count}", {"count": count})
    yield grow("too many at once", {"count": 10_003}, validateOnly=True)
    yield grow("unknown", {"count": 3, "name": NOWHERE})
    yield grow("empty name", {"count": 3, "name": ""})
    yield grow("twice", {"count": 3}, {"count": 4})
    yield grow("too few assignments", {"count": 4, "assignments": manual([1])})
    yield grow("too many assignments", {"count": 3, "assignments": manual([1], [1])})
    for replicas in ([], [2], [1, 1], [1, 2], [-1]):
        yield grow(f"on {replicas}", {"count": 3, "assignments": manual(replicas)})
    yield grow("good and bad", {"count": 3}, {"count": 3, "name": NOWHERE})
    yield grow("on the broker", {"count": 4, "assignments": manual([1])})
    for timeout in (0, -1):
        yield grow(f"timeout {timeout}", {"count": 5 - timeout}, timeoutMs=timeout)
    described = {"topics": [{"name": "${topic}"}], "allowAutoTopicCreation": False}
    until = ("topics.0.partitions.3.errorCode", 0)
    yield call("Metadata", 12, described, "until it has grown", until_value=until)


def delete_records(version: int) -> Iterator[Step]:
    def delete(what: str, *wanted: tuple[int, int], name: str = "${topic}") -> Step:
        partitions = [{"partitionIndex": index, "offset": offset} for index, offset in wanted]
        body = {"topics": [{"name": name, "partitions": partitions}], "timeoutMs": 10000}
        return call("DeleteRecords", version, body, what)

    yield from topic(2)
    yield call("Produce", 9, produce_body(9, b64(Batch([Rec()] * 5))), "five records")
    yield call("Produce", 9, produce_body(9, b64(Batch([Rec()] * 5))), "five more")
    yield delete("nothing")
    yield delete("none of them", (0, 0))
    yield delete("three", (0, 3))
    yield delete("what is gone", (0, 1))
    for offset in (-2, 11, 1 << 40):
        yield delete(f"up to {offset}", (0, offset))
    yield delete("unknown", (0, 1), name=NOWHERE)
    yield delete("unknown partitions", (2, 0), (-1, 0))
    yield delete("two partitions", (0, 6), (1, 0))
    wanted = [{"partitionIndex": 0, "timestamp": time} for time in (-2,)]
    body = {"replicaId": -1, "topics": [{"name": "${topic}", "partitions": wanted}]}
    yield call("ListOffsets", 7, body, "the start")
    yield call("Fetch", 12, fetch_body(12, [at(7)]), "what is left")
    yield call("Fetch", 12, fetch_body(12, [at(2)]), "what is gone")
    yield delete("all", (0, -1), (1, -1))
    yield call("ListOffsets", 7, body, "the start at the end")
    yield from topic(1, "${topic}-compact", cleanup_policy="compact")
    yield delete("compacted", (0, 0), name="${topic}-compact")
    yield delete("internal", (0, 0), name="__consumer_offsets")
    yield prepare("DeleteTopics", 5, {"topicNames": ["${topic}-compact"], "timeoutMs": 5000})


def describe_topic_partitions() -> Iterator[Step]:
    first, second = "${topic}-a", "${topic}-b"

    def page(
        what: str, *names: str, limit: int = 2000, cursor: tuple[str, int] | None = None
    ) -> Step:
        body: dict[str, Json] = {"topics": [{"name": name} for name in names]}
        body |= {"responsePartitionLimit": limit, "cursor": None}
        if cursor is not None:
            body |= {"cursor": {"topicName": cursor[0], "partitionIndex": cursor[1]}}
        return call("DescribeTopicPartitions", 0, body, what)

    yield from topic(3, first)
    yield from topic(2, second)
    yield page("both", second, first)
    yield page("twice", first, first)
    for name in ("zz-nowhere", "zz b", ""):
        yield page(f"with '{name}'", name, first)
    for limit in (-1, 0, 1, 2, 3, 4, 5, 6):
        yield page(f"limit {limit}", first, second, "${topic}-c", limit=limit)
    for index in (-1, 0, 2, 3, 9):
        yield page(f"from {index}", first, second, cursor=(first, index))
    yield page("from the second", first, second, cursor=(second, 1))
    yield page("from between", first, second, limit=1, cursor=("${topic}-aa", 1))
    yield page("from a topic that is not there", first, "${topic}-aa", cursor=("${topic}-aa", 1))
    yield page("a page of a page", first, second, limit=2, cursor=(first, 2))


def describe_log_dirs(version: int) -> Iterator[Step]:
    def one(what: str, *wanted: tuple[str, list[int]]) -> Step:
        topics = [{"topic": name, "partitions": indexes} for name, indexes in wanted]
        return call("DescribeLogDirs", version, {"topics": topics}, what)

    yield from topic(3)
    yield call("Produce", 9, produce_body(9, b64(Batch([Rec()]))), "a record")
    yield one("nothing")
    yield one("all of a topic", ("${topic}", [0, 1, 2]))
    yield one("some", ("${topic}", [2, 0, 0, 7, -1]), (NOWHERE, [0]), ("", [0]))
    yield one("in two parts", ("${topic}", [1]), ("${topic}", [2]))
    yield one("none of a topic", ("${topic}", []))


def alter_replica_log_dirs(version: int) -> Iterator[Step]:
    def move(what: str, *folders: str) -> Step:
        topics = [{"name": "${topic}", "partitions": [0, 9]}, {"name": NOWHERE, "partitions": [0]}]
        dirs = [{"path": path, "topics": topics} for path in folders]
        return call("AlterReplicaLogDirs", version, {"dirs": dirs}, what)

    yield from topic(1)
    where = {"topics": []}
    captures = {"folder": "results.0.logDir"}
    yield call("DescribeLogDirs", 4, where, "the folder", capture=captures, compared=False)
    yield move("nothing")
    for path in ("/nowhere", "relative", "", "${folder}/"):
        yield move(f"to '{path}'", path)
    yield move("to where it is", "${folder}")
    yield move("to two folders", "/nowhere", "${folder}")
