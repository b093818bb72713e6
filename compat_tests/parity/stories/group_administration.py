"""What administrators ask of groups: list, describe, delete, and forget offsets."""

from __future__ import annotations

from collections.abc import Iterator

from compat_tests.parity.script import Json, Step, Story, call, prepare
from compat_tests.parity.stories.common import NOWHERE, group, topic, versions
from compat_tests.parity.stories.groups import (
    RANGE,
    comes,
    join,
    join_first,
    joined,
    leaves,
    settled_beat,
    subscription,
    sync,
)


def stories() -> Iterator[Story]:
    for version in versions("DescribeGroups"):
        yield Story(f"describe-groups-v{version}", list(describe(version)))
    for version in versions("ListGroups"):
        yield Story(f"list-groups-v{version}", list(lists(version)))
    for version in versions("DeleteGroups"):
        yield Story(f"delete-groups-v{version}", list(delete(version)))
    yield Story("offset-delete-v0", list(offset_delete()))


def nameless_group() -> Iterator[Step]:
    """Other stories may have made it, and it is one for all."""
    committed = {"partitionIndex": 0, "committedOffset": 3, "committedMetadata": ""}
    topics = [{"name": "${topic}", "partitions": [committed]}]
    commit = {"groupId": "", "generationIdOrMemberEpoch": -1, "topics": topics}
    yield from topic()
    yield prepare("OffsetCommit", 8, commit, "a group without a name")


def describe(version: int) -> Iterator[Step]:
    def one(what: str, *names: str) -> Step:
        body: dict[str, Json] = {"groups": list(names)}
        body |= {"includeAuthorizedOperations": True} if version >= 3 else {}
        return call("DescribeGroups", version, body, what)

    yield from group()
    yield from nameless_group()
    yield one("unknown", "${group}")
    yield one("none")
    yield one("without a name", "")
    yield from join_first(5, "a")
    yield one("joined", "${group}")
    yield sync(3, "a", 1, a="all")
    yield one("stable", "${group}", "${group}")
    if version >= 3:
        body = {"groups": ["${group}"], "includeAuthorizedOperations": False}
        yield call("DescribeGroups", version, body, "without operations")
    yield from comes(5, "b")
    yield settled_beat(3, "a", 1)
    yield one("a member comes", "${group}")
    yield join(5, "a")
    yield joined(5, "b", capture={"b": "memberId"})
    yield one("both have joined", "${group}")
    yield sync(3, "a", 2, a="half", b="other half")
    yield one("stable again", "${group}")
    yield leaves(2, "b")
    yield one("one left", "${group}")
    yield leaves(2, "a")
    yield one("empty", "${group}")


def lists(version: int) -> Iterator[Step]:
    def one(what: str, **filters: Json) -> Step:
        return call("ListGroups", version, filters, what)

    yield from group()
    yield from join_first(5, "a")
    yield one("joined")
    yield sync(3, "a", 1, a="all")
    yield one("stable")
    if version >= 4:
        for states in (["stable"], ["Empty"], [" STABLE ", "Dead"], ["nonsense"], [""]):
            yield one(f"states {states}", statesFilter=states)
    if version >= 5:
        for types in (["classic"], ["Classic"], ["consumer"], ["nonsense"], ["classic", "share"]):
            yield one(f"types {types}", typesFilter=types)


def delete(version: int) -> Iterator[Step]:
    def one(what: str, *names: str) -> Step:
        return call("DeleteGroups", version, {"groupsNames": list(names)}, what)

    yield from group()
    yield from nameless_group()
    yield one("unknown", "${group}")
    yield one("none")
    yield one("without a name", "")
    yield from join_first(5, "a")
    yield one("joined", "${group}")
    yield sync(3, "a", 1, a="all")
    yield one("stable", "${group}")
    yield leaves(2, "a")
    yield one("empty, named twice", "${group}", "${group}")
    yield one("again", "${group}")


def offset_delete() -> Iterator[Step]:
    def one(what: str, *partitions: int, name: str = "${topic}", of: str = "${group}") -> Step:
        asked = {"name": name, "partitions": [{"partitionIndex": index} for index in partitions]}
        return call("OffsetDelete", 0, {"groupId": of, "topics": [asked]}, what)

    committed = {"partitionIndex": 0, "committedOffset": 3, "committedMetadata": ""}
    commit = {
        "groupId": "${group}",
        "generationIdOrMemberEpoch": -1,
        "topics": [{"name": "${topic}", "partitions": [committed]}],
    }
    yield from topic(1, "one")  # that is what members with RANGE read
    yield from topic(2)
    yield from group()
    yield one("unknown group", 0)
    yield one("no group", 0, of="")
    yield call("OffsetCommit", 8, commit, "commit")
    yield one("unknown topic", 0, name=NOWHERE)
    yield one("a partition, another, and one that is not there", 0, 1, 7)
    fetch = {"groups": [{"groupId": "${group}", "topics": None}]}
    yield call("OffsetFetch", 8, fetch, "what is left")
    yield from join_first(5, "a", protocols=RANGE)
    yield sync(3, "a", 1, a="all")
    yield one("not subscribed", 0)
    yield one("subscribed", 0, name="one")
    yield leaves(2, "a")
    reading = [{"name": "range", "metadata": subscription(b"one")}]
    yield from join_first(5, "b", protocols=reading, protocolType="connect")
    yield one("of another protocol", 0)
