"""Offsets in the transactions of members: who may commit, through rebalances (KIP-447)."""

from __future__ import annotations

from collections.abc import Iterator

from compat_tests.parity.script import Json, Step, Story, call
from compat_tests.parity.stories.common import group, topic
from compat_tests.parity.stories.groups import (
    comes,
    join,
    join_body,
    join_first,
    joined,
    leaves,
    settled_beat,
    sync,
)
from compat_tests.parity.stories.transaction_steps import coordinator, init, txn


def stories() -> Iterator[Story]:
    yield Story("txn-offset-commit-members", list(dynamic_members()))
    yield Story("txn-offset-commit-static", list(static_members()))


def commit(what: str, generation: int, member: str, **more: Json) -> Step:
    """As TxnOffsetCommit v5 takes the group's partition into the transaction itself."""
    partition = {"partitionIndex": 0, "committedOffset": 3, "committedMetadata": None}
    body: dict[str, Json] = {
        "transactionalId": txn(),
        "groupId": "${group}",
        "producerId": "${p}",
        "producerEpoch": 0,
        "generationId": generation,
        "memberId": member,
        "topics": [{"name": "${topic}", "partitions": [partition]}],
    }
    return call("TxnOffsetCommit", 5, body | more, what)


def dynamic_members() -> Iterator[Step]:
    yield from topic()
    yield from group()
    yield from coordinator()
    yield init("t", "p")
    yield from join_first(5, "a")
    yield commit("before the assignment", 1, "${a}")
    yield sync(3, "a", 1, a="all")
    for generation in (1, 0, 2, -1):
        yield commit(f"stable, generation {generation}", generation, "${a}")
    yield commit("somebody else", 1, "nobody")
    yield commit("nobody", -1, "")
    yield commit("a generation without a member", 1, "")
    yield commit("an unknown instance", 1, "${a}", groupInstanceId="i")
    yield from comes(5, "b")
    yield settled_beat(3, "a", 1)
    yield commit("while another joins", 1, "${a}")
    yield join(5, "a")
    yield joined(5, "b", capture={"b": "memberId"})
    yield commit("the generation before", 1, "${a}")
    yield commit("before the new assignment", 2, "${a}")
    yield sync(3, "a", 2, a="half", b="other half")
    yield commit("the second member", 2, "${b}")
    yield leaves(2, "b")
    yield commit("the one that left", 2, "${b}")
    yield leaves(2, "a")
    yield commit("of an empty group", 2, "${a}")
    yield commit("without a member, of an empty group", -1, "")


def static_members() -> Iterator[Step]:
    me = {"groupInstanceId": "${group}-me"}
    yield from topic()
    yield from group()
    yield from coordinator()
    yield init("t", "p")
    yield from join_first(5, "a", **me)
    yield sync(3, "a", 1, a="mine")
    yield commit("with its name", 1, "${a}", **me)
    yield commit("without its name", 1, "${a}")
    again = join_body(5, **me)
    yield call("JoinGroup", 5, again, "it comes back", capture={"b": "memberId"}, connection="b")
    yield commit("the former self", 1, "${a}", **me)
    yield commit("the former self without its name", 1, "${a}")
    yield commit("the new self", 1, "${b}", **me)
    yield commit("the new self without its name", 1, "${b}")
    yield commit("without a member", 1, "", **me)
    yield commit("without a member or generation", -1, "", **me)
