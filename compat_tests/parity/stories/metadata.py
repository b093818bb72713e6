"""Metadata, CreateTopics, DeleteTopics: every version."""

from __future__ import annotations

from collections.abc import Iterator

from compat_tests.parity.script import Json, Step, Story, call, prepare
from compat_tests.parity.stories.common import NOWHERE, UNKNOWN_ID, ZERO_ID, topic, versions


def stories() -> Iterator[Story]:
    for version in versions("Metadata"):
        yield Story(f"metadata-v{version}", list(metadata(version)))
        if version >= 4:
            yield Story(f"auto-creation-v{version}", list(auto_creation(version)))
    for version in versions("CreateTopics"):
        yield Story(f"create-topics-v{version}", list(create_topics(version)))
        yield Story(f"create-configs-v{version}", list(create_with_configs(version)))
        yield Story(f"create-assignments-v{version}", list(create_with_assignments(version)))
    for version in versions("DeleteTopics"):
        yield Story(f"delete-topics-v{version}", list(delete_topics(version)))


def metadata(version: int) -> Iterator[Step]:
    def ask(what: str, topics: list[Json] | None, **more: Json) -> Step:
        wanted = [one if isinstance(one, dict) else {"name": one} for one in topics or []]
        quiet = {"allowAutoTopicCreation": False} if version >= 4 else {}
        body = quiet | {"topics": None if topics is None else wanted} | more
        return call("Metadata", version, body, what)

    yield from topic(3)
    yield ask("one topic", ["${topic}"])
    yield ask("all topics", None if version else [])
    if version:
        yield ask("no topics", [])
    yield ask("twice the same", ["${topic}", "${topic}"])
    if version >= 4:
        yield ask("unknown", [NOWHERE])
        yield ask("known and unknown", [NOWHERE, "${topic}"])
        yield ask("bad names", ["a/b", ".", "x" * 250])
    yield ask("empty name", [""])
    if version >= 8:
        yield ask("topic operations", ["${topic}"], includeTopicAuthorizedOperations=True)
    if 8 <= version <= 10:
        yield ask("cluster operations", [], includeClusterAuthorizedOperations=True)
    if version >= 10:
        yield ask("by id and name", [{"name": "${topic}", "topicId": "${id}"}])
    if version >= 12:
        yield ask("by id", [{"name": None, "topicId": "${id}"}])
        yield ask("unknown id", [{"name": None, "topicId": UNKNOWN_ID}])
        yield ask("zero id", [{"name": None, "topicId": ZERO_ID}])
        yield ask("id and id", [{"name": None, "topicId": "${id}"}] * 2)
        yield ask("id and name", [{"name": None, "topicId": "${id}"}, {"name": "${topic}"}])
        yield ask("name and unknown id", [{"name": "${topic}", "topicId": UNKNOWN_ID}])


def auto_creation(version: int) -> Iterator[Step]:
    """The first answer depends on how far the creation has come; the settled one does not."""
    body = {"topics": [{"name": "${topic}-auto"}], "allowAutoTopicCreation": True}
    yield prepare("Metadata", version, body, "until created")
    yield call("Metadata", version, body, "created")
    bad = {"topics": [{"name": "not/good"}], "allowAutoTopicCreation": True}
    yield call("Metadata", version, bad, "a bad name")


def wanted(name: str, partitions: int = 1, replication: int = 1, **more: Json) -> dict[str, Json]:
    return {"name": name, "numPartitions": partitions, "replicationFactor": replication} | more


def create(version: int, what: str, *topics: dict[str, Json], **more: Json) -> Step:
    return call("CreateTopics", version, {"topics": list(topics), "timeoutMs": 5000} | more, what)


def create_topics(version: int) -> Iterator[Step]:
    yield create(version, "one", wanted("${topic}"))
    yield create(version, "again", wanted("${topic}"))
    yield create(version, "three partitions", wanted("${topic}-3", 3))
    yield create(version, "several", wanted("${topic}-a"), wanted("${topic}-b", 2))
    yield create(version, "good and bad", wanted("${topic}-c"), wanted("a/b"), wanted("${topic}"))
    yield create(version, "twice in one", wanted("${topic}-d"), wanted("${topic}-d", 2))
    yield create(version, "nothing")
    for what, bad in {
        "empty": "",
        "dot": ".",
        "dots": "..",
        "slash": "a/b",
        "space": "a b",
    }.items():
        yield create(version, f"name {what}", wanted(bad))
    yield create(version, "name not ascii", wanted("caf\u00e9"))
    yield create(version, "name of 250", wanted("x" * 250))
    for count in (0, -2, 10001):
        yield create(version, f"{count} partitions", wanted("${topic}-e", count))
    for count in (0, -2, 2):
        yield create(version, f"{count} replicas", wanted("${topic}-e", 1, count))
    yield create(version, "only validate", wanted("${topic}-f"), validateOnly=True)
    yield create(version, "only validate what exists", wanted("${topic}"), validateOnly=True)
    yield create(version, "it was not created", wanted("${topic}-f"))
    yield create(version, "no time", wanted("${topic}-g"), timeoutMs=0)
    yield create(version, "less than no time", wanted("${topic}-h"), timeoutMs=-1)
    yield create(version, "dotted", wanted("${topic}.a_b"))
    yield create(version, "collides", wanted("${topic}_a.b"))
    defaults = wanted("${topic}-defaults", -1, -1)
    yield create(version, "defaults", defaults)


def create_with_configs(version: int) -> Iterator[Step]:
    def one(what: str, **configs: str | None) -> Step:
        settings = [{"name": k.replace("_", "."), "value": v} for k, v in configs.items()]
        return create(version, what, wanted("${topic}", configs=settings), validateOnly=True)

    yield one("retention", retention_ms="1000", segment_bytes="1048576")
    yield one("compaction", cleanup_policy="compact")
    yield one("both policies", cleanup_policy="compact,delete")
    yield one("spaces", cleanup_policy=" compact , delete ", retention_ms=" 5 ")
    yield one("unknown", no_such_setting="1")
    yield one("not a number", retention_ms="soon")
    yield one("too small", retention_ms="-2")
    yield one("segment too small", segment_bytes="10")
    yield one("not a policy", cleanup_policy="keep")
    yield one("not a codec", compression_type="zip")
    yield one("not a boolean", preallocate="perhaps")
    yield one("null", retention_ms=None)
    yield one("empty", retention_ms="")
    yield one("timestamp type", message_timestamp_type="LogAppendTime")
    yield one("not a timestamp type", message_timestamp_type="Never")
    yield one("ratio", min_cleanable_dirty_ratio="0.25")
    yield one("ratio too large", min_cleanable_dirty_ratio="1.5")
    yield one("in sync", min_insync_replicas="0")
    yield one("too many in sync", min_insync_replicas="3")
    twice = [{"name": "retention.ms", "value": value} for value in ("1", "2")]
    yield create(version, "twice", wanted("${topic}", configs=twice), validateOnly=True)


def create_with_assignments(version: int) -> Iterator[Step]:
    def one(what: str, *replicas: list[int], counts: int = -1, first: int = 0) -> Step:
        assigned = [
            {"partitionIndex": first + index, "brokerIds": brokers}
            for index, brokers in enumerate(replicas)
        ]
        asked = wanted("${topic}", counts, counts, assignments=assigned)
        return create(version, what, asked, validateOnly=True)

    yield one("two partitions", [1], [1])
    yield one("counts as well", [1], counts=1)
    yield one("unknown broker", [5])
    yield one("no replica", [])
    yield one("replica twice", [1, 1])
    yield one("a gap", [1], first=1)
    yield one("negative broker", [-1])
    same = [{"partitionIndex": 0, "brokerIds": [1]}] * 2
    asked = wanted("${topic}", -1, -1, assignments=same)
    yield create(version, "partition twice", asked, validateOnly=True)


def delete_topics(version: int) -> Iterator[Step]:
    def delete(what: str, *names: str) -> Step:
        by_name = {"topics": [{"name": one} for one in names]}
        body = by_name if version >= 6 else {"topicNames": list(names)}
        return call("DeleteTopics", version, body | {"timeoutMs": 5000}, what)

    yield from topic(2)
    yield delete("unknown", NOWHERE)
    yield delete("bad name", "a/b")
    yield delete("empty name", "")
    yield delete("nothing")
    yield delete("known and unknown", "${topic}", NOWHERE)
    yield delete("gone", "${topic}")
    yield from topic(1)
    yield delete("twice in one", "${topic}", "${topic}")
    if version >= 6:
        yield from delete_by_id(version)


def delete_by_id(version: int) -> Iterator[Step]:
    def delete(what: str, *topics: dict[str, Json]) -> Step:
        return call("DeleteTopics", version, {"topics": list(topics), "timeoutMs": 5000}, what)

    yield delete("unknown id", {"name": None, "topicId": UNKNOWN_ID})
    yield delete("zero id", {"name": None, "topicId": ZERO_ID})
    yield delete("id and name", {"name": "${topic}", "topicId": "${id}"})
    yield delete("id twice", *[{"name": None, "topicId": "${id}"}] * 2)
    yield delete("id, and name", {"name": None, "topicId": "${id}"}, {"name": "${topic}"})
    yield from topic(1, "${topic}-2")
    yield delete("by id", {"name": None, "topicId": "${id}"})
    yield delete("the id is gone", {"name": None, "topicId": "${id}"})
