"""FindCoordinator, OffsetCommit and OffsetFetch: every version."""

from __future__ import annotations

from collections.abc import Iterator

from compat_tests.parity.script import Json, Step, Story, call
from compat_tests.parity.stories.common import NOWHERE, UNKNOWN_ID, ZERO_ID, group, topic, versions
from compat_tests.parity.stories.groups import join_first, sync


def stories() -> Iterator[Story]:
    for version in versions("FindCoordinator"):
        yield Story(f"find-coordinator-v{version}", list(find_coordinator(version)))
    for version in versions("OffsetCommit"):
        yield Story(f"offset-commit-v{version}", list(commit(version)))
        yield Story(f"member-commit-v{version}", list(member_commit(version)))
    for version in versions("OffsetFetch"):
        yield Story(f"offset-fetch-v{version}", list(fetch(version)))


def find_coordinator(version: int) -> Iterator[Step]:
    def one(what: str, *keys: str, kind: int = 0) -> Step:
        body: dict[str, Json] = {"key": keys[0]} if version < 4 else {"coordinatorKeys": list(keys)}
        body |= {"keyType": kind} if version else {}
        return call("FindCoordinator", version, body, what)

    yield from group()
    yield one("a group", "${group}")
    yield one("no name", "")
    if version >= 1:
        yield one("an unknown kind", "${group}", kind=9)
        yield one("a negative kind", "${group}", kind=-1)
    if version >= 4:
        yield one("several", "${group}", "${group}-2", "")
        yield one("twice", "${group}", "${group}")
        yield one("none")


def commit_body(version: int, offset: Json = 5, **more: Json) -> dict[str, Json]:
    partition = more.pop("partition", 0)
    detail = more.pop("metadata", "")
    name = more.pop("topic", None)
    wanted = {"partitionIndex": partition, "committedOffset": offset, "committedMetadata": detail}
    which = {"name": name or "${topic}"} if version < 10 else {"topicId": name or "${id}"}
    who = {"groupId": "${group}", "generationIdOrMemberEpoch": -1, "memberId": ""}
    return who | {"topics": [which | {"partitions": [wanted]}]} | more


def read(name: str = "${group}", what: str = "what is committed") -> Step:
    return call("OffsetFetch", 8, {"groups": [{"groupId": name, "topics": None}]}, what)


def commit(version: int) -> Iterator[Step]:
    def one(what: str, offset: Json = 5, **more: Json) -> Step:
        return call("OffsetCommit", version, commit_body(version, offset, **more), what)

    yield from topic(2)
    yield from group()
    yield one("simple")
    yield one("back", 3)
    yield one("partition 1", 7, partition=1)
    yield one("negative", -1)
    yield one("very negative", -5)
    yield one("beyond the end", 1 << 40)
    yield one("with a note", metadata="a note")
    yield one("without a note", metadata=None)
    yield one("note of 4096", metadata="x" * 4096)
    yield one("note of 4097", metadata="x" * 4097)
    yield one("unknown partition", partition=7)
    yield one("negative partition", partition=-1)
    yield one("unknown topic", topic=UNKNOWN_ID if version >= 10 else NOWHERE)
    yield one("no such topic", topic=ZERO_ID if version >= 10 else "a/b")
    yield one("no group", groupId="")
    yield one("no topics", topics=[])
    yield one("a generation", generationIdOrMemberEpoch=1)
    yield one("a member", memberId="nobody")
    yield one("a member and a generation", memberId="nobody", generationIdOrMemberEpoch=1)
    other: dict[str, Json] = {"groupId": "${group}-else"}
    yield one("unknown group, a generation", generationIdOrMemberEpoch=1, memberId="x", **other)
    yield one("unknown group, a member", memberId="nobody", **other)
    if version <= 4:
        yield one("kept for a minute", retentionTimeMs=60000)
    if version >= 6:
        body = commit_body(version)
        body["topics"][0]["partitions"][0]["committedLeaderEpoch"] = 0
        yield call("OffsetCommit", version, body, "leader epoch 0")
    if version >= 7:
        yield one("an instance", groupInstanceId="someone")
    twice = commit_body(version)
    twice["topics"][0]["partitions"] *= 2
    yield call("OffsetCommit", version, twice, "partition twice")
    yield read()


def member_commit(version: int) -> Iterator[Step]:
    """Commits of a member, in every state of its group."""

    def one(what: str, generation: int, member: str = "${a}", **more: Json) -> Step:
        who: dict[str, Json] = {"generationIdOrMemberEpoch": generation, "memberId": member}
        return call("OffsetCommit", version, commit_body(version, **who, **more), what)

    yield from topic(1)
    yield from group()
    yield from join_first(5, "a")
    yield one("before it synced", 1)
    yield one("from outside, before it synced", -1, "")
    yield sync(3, "a", 1, a="mine")
    yield one("in its generation", 1)
    yield one("old generation", 0)
    yield one("generation to come", 2)
    yield one("as another", 1, "nobody")
    yield one("from outside", -1, "")
    yield one("without generation", -1)
    if version >= 7:
        yield one("under a name it has not", 1, groupInstanceId="someone")
    yield read()


def fetch(version: int) -> Iterator[Step]:
    def body(name: str, topics: Json, **more: Json) -> dict[str, Json]:
        if version < 8:
            return {"groupId": name, "topics": topics} | more
        return {"groups": [{"groupId": name, "topics": topics}]} | more

    def wanted(*partitions: int, name: str | None = None) -> dict[str, Json]:
        which = {"name": name or "${topic}"} if version < 10 else {"topicId": name or "${id}"}
        return which | {"partitionIndexes": list(partitions)}

    def one(what: str, topics: Json, name: str = "${group}", **more: Json) -> Step:
        return call("OffsetFetch", version, body(name, topics, **more), what)

    yield from topic(3)
    yield from group()
    yield call("OffsetCommit", 6, commit_body(6, 4), "commit 0")
    yield call("OffsetCommit", 6, commit_body(6, 9, partition=2, metadata="note"), "commit 2")
    yield one("all partitions", [wanted(0, 1, 2)])
    yield one("unknown partition", [wanted(7)])
    yield one("negative partition", [wanted(-1)])
    yield one("unknown topic", [wanted(0, name=UNKNOWN_ID if version >= 10 else NOWHERE)])
    yield one("no such topic", [wanted(0, name=ZERO_ID if version >= 10 else "a/b")])
    yield one("no topics", [])
    yield one("no partitions", [wanted()])
    yield one("partition twice", [wanted(0, 0)])
    yield one("topic twice", [wanted(0), wanted(2)])
    yield one("unknown group", [wanted(0)], name="${group}-else")
    yield one("no group", [wanted(0)], name="")
    if version >= 2:
        yield one("all topics", None)
        yield one("all topics of an unknown group", None, name="${group}-else")
    if version >= 7:
        yield one("stable", [wanted(0)], requireStable=True)
    if version >= 8:
        several = [{"groupId": name, "topics": None} for name in ("${group}", "${group}-else")]
        yield call("OffsetFetch", version, {"groups": several}, "two groups")
        yield call("OffsetFetch", version, {"groups": several[:1] * 2}, "group twice")
        yield call("OffsetFetch", version, {"groups": []}, "no groups")
    if version >= 9:
        for member, epoch in (("nobody", -1), ("nobody", 3), ("", 3), (None, 0)):
            asked = {
                "groupId": "${group}",
                "topics": None,
                "memberId": member,
                "memberEpoch": epoch,
            }
            what = f"member {member} epoch {epoch}"
            yield call("OffsetFetch", version, {"groups": [asked]}, what)
