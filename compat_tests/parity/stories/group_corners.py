"""Groups while something happens beside them: a topic goes, a static member restarts with another
subscription, a commit has no valid offset."""

from __future__ import annotations

from collections.abc import Iterator

from compat_tests.parity.script import Json, Step, Story, call, prepare
from compat_tests.parity.stories.common import group, topic, versions
from compat_tests.parity.stories.groups import join_body, join_first, subscription, sync
from compat_tests.parity.stories.transaction_steps import coordinator, ending, init
from compat_tests.parity.stories.transactional_members import commit

STATIC = {"groupInstanceId": "${group}-me"}
READ, ELSE = "${topic}", "${topic}-else"


def stories() -> Iterator[Story]:
    yield Story("group-topic-goes", list(topic_goes()))
    yield Story("group-new-subscription", list(new_subscription()))
    for version in versions("OffsetCommit"):
        yield Story(f"group-no-valid-offset-v{version}", list(no_valid_offset(version)))
    yield Story("group-type-filter", list(type_filter()))


def fetched(what: str, stable: bool = True, everything: bool = False, **more: Json) -> Step:
    topics = [{"name": READ, "partitionIndexes": [0]}]
    asked = {"groupId": "${group}", "topics": None if everything else topics}
    body = {"groups": [asked], "requireStable": stable}
    return call("OffsetFetch", 9, body, what, **more)


def topic_goes() -> Iterator[Step]:
    """What is pending for it in a transaction goes as well."""
    yield from topic()
    yield from group()
    yield from coordinator()
    yield init("t", "p")
    yield commit("pending", -1, "")
    yield fetched("is pending")
    gone = {"topics": [{"name": READ}], "timeoutMs": 5000}
    yield prepare("DeleteTopics", 6, gone, "the topic goes")
    settled = ("groups.0.topics.0.partitions.0.errorCode", 0)
    yield fetched("is forgotten", until_value=settled)
    yield prepare("EndTxn", 3, ending("t", "p", 0, commit=True))
    yield fetched("and not committed", stable=False)
    yield fetched("nor is anything", stable=False, everything=True)


def new_subscription() -> Iterator[Step]:
    """The group counts as subscribed to what it was until the next generation."""
    yield from topic()
    yield from topic(name=ELSE)
    yield from group()
    subscribed = [{"name": "range", "metadata": subscription(b"other")}]
    yield from join_first(9, "a", **STATIC, protocols=subscribed)
    yield sync(5, "a", 1, a="mine")
    for again in (subscription(b"changed"), "AAAAAAAB"):
        protocols = [{"name": "range", "metadata": again}]
        body = join_body(9, **STATIC, protocols=protocols)
        yield call("JoinGroup", 9, body, f"restarts with {again}")
        for name in (READ, "other", "changed"):
            body = {"groupId": "${group}", "topics": [{"name": name, "partitions": []}]}
            body["topics"][0]["partitions"] = [{"partitionIndex": 0}]
            yield call("OffsetDelete", 0, body, f"{name} after {again}")


def no_valid_offset(version: int) -> Iterator[Step]:
    """Such a group is there for who writes and not yet for who reads."""
    yield from topic()
    yield from group()
    which = {"topicId": "${id}"} if version >= 10 else {"name": READ}
    partition = {"partitionIndex": 0, "committedOffset": 1, "committedMetadata": "x" * 5000}
    body: dict[str, Json] = {
        "groupId": "${group}",
        "generationIdOrMemberEpoch": -1,
        "topics": [which | {"partitions": [partition]}],
    }
    yield call("OffsetCommit", version, body, "too much metadata")
    described = {"groups": ["${group}"]}
    yield call("DescribeGroups", 6, described, "nobody sees it")
    beat = {"groupId": "${group}", "generationId": 0, "memberId": "m"}
    yield call("Heartbeat", 4, beat, "yet it is there")
    forget: dict[str, Json] = {"groupId": "${group}", "topics": []}
    yield call("OffsetDelete", 0, forget, "for all who write")
    yield call("DeleteGroups", 2, {"groupsNames": ["${group}"]}, "it goes")
    yield call("Heartbeat", 4, beat, "it is gone")


def type_filter() -> Iterator[Step]:
    """Spaces matter in types."""
    yield from group()
    yield from join_first(9, "a")
    for filtered in (" classic ", "Classic\t"):
        body: dict[str, Json] = {"statesFilter": [], "typesFilter": [filtered]}
        yield call("ListGroups", 5, body, repr(filtered))
