"""Classic groups: every version of JoinGroup, with the matching versions of the others."""

from __future__ import annotations

import base64
import struct
from collections.abc import Iterator
from typing import Any

from compat_tests.parity.script import Json, Step, Story, call, receive, send
from compat_tests.parity.stories.common import group, versions


def subscription(*topics: bytes) -> str:
    """As consumers send it: Kafka reads it, and never answers a join if it cannot."""
    names = b"".join(struct.pack(">h", len(name)) + name for name in topics)
    data = struct.pack(">hi", 0, len(topics)) + names + struct.pack(">i", -1)
    return base64.b64encode(data).decode()


RANGE = [{"name": "range", "metadata": subscription(b"one", b"two")}]
BOTH = [*RANGE, {"name": "sticky", "metadata": subscription(b"one")}]
STICKY = BOTH[1:]
# Which version of the others goes with each of JoinGroup, as clients of that time had them.
OTHERS = [0, 1, 1, 2, 2, 3, 4, 4, 4, 5]


def stories() -> Iterator[Story]:
    for version in versions("JoinGroup"):
        yield Story(f"group-alone-v{version}", list(alone(version)))
        yield Story(f"group-pair-v{version}", list(pair(version)))
        yield Story(f"group-join-errors-v{version}", list(join_errors(version)))
        yield Story(f"group-protocols-v{version}", list(protocols(version)))
        yield Story(f"group-timeouts-v{version}", list(timeouts(version)))
        yield Story(f"group-late-v{version}", list(late(version)))
        if version >= 5:
            yield Story(f"group-static-v{version}", list(static(version)))
    for version in versions("Heartbeat"):
        yield Story(f"heartbeat-v{version}", list(strangers("Heartbeat", version)))
    for version in versions("SyncGroup"):
        yield Story(f"sync-group-v{version}", list(strangers("SyncGroup", version)))
    for version in versions("LeaveGroup"):
        yield Story(f"leave-group-v{version}", list(leave(version)))


def join_body(version: int, member: str = "", **more: Json) -> dict[str, Json]:
    body: dict[str, Json] = {
        "groupId": "${group}",
        "sessionTimeoutMs": 20000,
        "memberId": member,
        "protocolType": "consumer",
        "protocols": RANGE,
    }
    return body | ({"rebalanceTimeoutMs": 20000} if version else {}) | more


def join_first(version: int, who: str, **more: Json) -> list[Step]:
    """Joins up to knowing its member id, which `${who}` then is; since version 4 it takes two."""
    capture = {who: "memberId"}
    if version < 4 or "groupInstanceId" in more:
        body = join_body(version, **more)
        return [call("JoinGroup", version, body, f"{who} joins", capture=capture, connection=who)]
    first = call(
        "JoinGroup",
        version,
        join_body(version, **more),
        f"{who} asks",
        capture=capture,
        connection=who,
    )
    return [first, join(version, who, **more)]


def join(version: int, who: str, **more: Json) -> Step:
    body = join_body(version, f"${{{who}}}", **more)
    return call("JoinGroup", version, body, f"{who} joins with its id", connection=who)


def join_later(version: int, who: str, **more: Json) -> Step:
    body = join_body(version, f"${{{who}}}", **more)
    return send("JoinGroup", version, body, f"{who} joins", connection=who)


def joined(version: int, who: str, what: str = "", **more: Any) -> Step:
    return receive("JoinGroup", version, who, what or f"{who} has joined", **more)


def sync_body(version: int, who: str, generation: int, given: dict[str, str]) -> dict[str, Json]:
    assigned = [
        {"memberId": f"${{{one}}}", "assignment": base64.b64encode(data.encode()).decode()}
        for one, data in given.items()
    ]
    body: dict[str, Json] = {
        "groupId": "${group}",
        "generationId": generation,
        "memberId": f"${{{who}}}",
        "assignments": assigned,
    }
    known = {"protocolType": "consumer", "protocolName": "range"} if version >= 5 else {}
    return body | known


def sync(version: int, who: str, generation: int, what: str = "", **given: str) -> Step:
    body = sync_body(version, who, generation, given)
    return call("SyncGroup", version, body, what or f"{who} syncs", connection=who)


def beat(version: int, who: str, generation: int, what: str = "", **more: Json) -> Step:
    body = {"groupId": "${group}", "generationId": generation, "memberId": f"${{{who}}}"} | more
    return call("Heartbeat", version, body, what or f"{who} beats", connection=who)


def leave_body(version: int, who: str) -> dict[str, Json]:
    member = {"memberId": f"${{{who}}}"}
    return {"groupId": "${group}"} | (member if version < 3 else {"members": [member]})


def leaves(version: int, who: str, what: str = "") -> Step:
    body = leave_body(version, who)
    return call("LeaveGroup", version, body, what or f"{who} leaves", connection=who)


def alone(version: int) -> Iterator[Step]:
    other = OTHERS[version]
    heart = min(other, 4)
    yield from group()
    yield from join_first(version, "a")
    yield beat(heart, "a", 1, "before it synced")
    yield sync(other, "a", 1, a="mine")
    yield beat(heart, "a", 1)
    yield beat(heart, "a", 0, "old generation")
    yield beat(heart, "a", 2, "generation to come")
    yield beat(heart, "a", 1, "as another", memberId="nobody")
    yield beat(heart, "a", 1, "as no one", memberId="")
    yield beat(heart, "a", 1, "in another group", groupId="${group}-else")
    yield sync(other, "a", 1, "syncs again", a="changed")
    yield sync(other, "a", 0, "syncs an old generation")
    yield join(version, "a")
    yield beat(heart, "a", 1, "beats of the generation before")
    yield sync(other, "a", 2, "syncs without an assignment for itself")
    yield leaves(other, "a")
    yield beat(heart, "a", 2, "after it left")
    yield sync(other, "a", 2, "syncs after it left")
    yield leaves(other, "a", "leaves again")
    yield join(version, "a")


def pair(version: int) -> Iterator[Step]:
    """A second member comes, both rebalance, it leaves, the first goes on."""
    other = OTHERS[version]
    heart = min(other, 4)
    yield from group()
    yield from join_first(version, "a")
    yield sync(other, "a", 1, a="all")
    yield from comes(version, "b")
    yield from (settled_beat(heart, "a", 1), join(version, "a"))
    yield joined(version, "b", capture={"b": "memberId"})
    body = sync_body(other, "b", 2, {})
    yield send("SyncGroup", other, body, "b syncs", connection="b")
    yield beat(heart, "a", 2, "a beats while b waits")
    yield sync(other, "a", 2, a="half", b="other half")
    yield receive("SyncGroup", other, "b", "b has synced")
    yield beat(heart, "b", 2)
    yield join(version, "b")
    yield leaves(other, "b")
    yield beat(heart, "a", 2, "a is told")
    yield join(version, "a")
    yield sync(other, "a", 3, a="all again")
    yield leaves(other, "a")


def settled_beat(version: int, who: str, generation: int) -> Step:
    """The other's join may not have arrived yet: not compared, only waited for."""
    body = {"groupId": "${group}", "generationId": generation, "memberId": f"${{{who}}}"}
    return call("Heartbeat", version, body, "until it rebalances", connection=who, until_code=27)


def join_errors(version: int) -> Iterator[Step]:
    def one(what: str, **more: Json) -> Step:
        return call("JoinGroup", version, join_body(version, **more), what, connection=what)

    yield from group()
    yield one("no group", groupId="")
    yield one("short session", sessionTimeoutMs=50)
    yield one("negative session", sessionTimeoutMs=-1)
    yield one("long session", sessionTimeoutMs=1_800_001)
    yield one("unknown member", memberId="nobody")
    yield one("no protocols", protocols=[])
    yield one("no protocol type", protocolType="")
    yield one("no protocol type, no protocols", protocolType="", protocols=[])
    yield from join_first(version, "a")
    yield one("unknown member of a group", memberId="nobody")
    yield one("another protocol type", protocolType="connect")
    yield one("no common protocol", protocols=STICKY)
    yield one("no protocols for a group", protocols=[])
    if version >= 5:
        yield one("unknown instance with an id", memberId="nobody", groupInstanceId="i")
        for what, instance in {"empty": "", "bad": "a/b", "long": "x" * 250}.items():
            more = {"groupInstanceId": instance, "groupId": f"${{group}}-{what}"}
            yield one(f"{what} instance", **more)


def protocols(version: int) -> Iterator[Step]:
    """What is chosen, what a changed subscription does, and what an unchanged follower gets."""
    other = OTHERS[version]
    yield from group()
    yield from join_first(version, "a", protocols=BOTH)
    yield sync(other, "a", 1, a="mine")
    yield join(version, "a", protocols=STICKY)
    body = sync_body(other, "a", 2, {"a": "mine"})
    yield call("SyncGroup", other, body, "with the name of another protocol", connection="a")
    body = sync_body(other, "a", 2, {"a": "mine"})
    right = {"protocolName": "sticky"} if other >= 5 else {}
    yield call("SyncGroup", other, body | right, "with the right name", connection="a")
    if other >= 5:
        for wrong in ({"protocolType": "connect"}, {"protocolType": None}, {"protocolName": None}):
            [name] = wrong
            body = sync_body(5, "a", 2, {"a": "mine"}) | right | wrong
            yield call("SyncGroup", 5, body, f"{name} {wrong[name]}", connection="a")


def timeouts(version: int) -> Iterator[Step]:
    """A member that is silent goes after its session."""
    other = OTHERS[version]
    short = {"sessionTimeoutMs": 600}
    yield from group()
    yield from join_first(version, "a", **short)
    yield sync(other, "a", 1, a="all")
    yield from comes(version, "b")
    yield joined(version, "b", "b joins alone", capture={"b": "memberId"}, takes_s=(0.1, 3))
    yield sync(other, "b", 2, b="all")
    yield beat(min(other, 4), "a", 2, "a is gone")
    yield beat(min(other, 4), "b", 2)


def late(version: int) -> Iterator[Step]:
    """Who does not rejoin, or does not sync, in the rebalance timeout is out."""
    other = OTHERS[version]
    heart = min(other, 4)
    hurry = {"rebalanceTimeoutMs": 600} if version else {"sessionTimeoutMs": 600}
    yield from group()
    yield from join_first(version, "a", **hurry)
    yield sync(other, "a", 1, a="all")
    yield from comes(version, "b", **hurry)
    yield joined(version, "b", "b joins alone", capture={"b": "memberId"}, takes_s=(0.1, 3))
    yield beat(heart, "a", 2, "a is gone")
    beats = {"groupId": "${group}", "generationId": 2, "memberId": "${b}"}
    yield call("Heartbeat", heart, beats, "b does not sync", connection="b", until_code=25)
    yield from join_first(version, "c")
    yield sync(other, "c", 3, "c is alone")


def comes(version: int, who: str, **more: Json) -> list[Step]:
    """Asks for its id where it must, and joins without waiting for the answer."""
    first = join_body(version, **more)
    if version < 4:
        return [send("JoinGroup", version, first, f"{who} joins", connection=who)]
    ask = call(
        "JoinGroup", version, first, f"{who} asks", capture={who: "memberId"}, connection=who
    )
    return [ask, join_later(version, who, **more)]


def static(version: int) -> Iterator[Step]:
    """A static member comes back under its name: no rebalance, and its former self is fenced."""
    other = OTHERS[version]
    heart = min(other, 4)
    me = {"groupInstanceId": "${group}-me"}
    yield from group()
    yield from join_first(version, "a", **me)
    yield call(
        "SyncGroup", other, sync_body(other, "a", 1, {"a": "mine"}) | me, "a syncs", connection="a"
    )
    yield beat(heart, "a", 1, **me)
    back = join_body(version, **me)
    yield call(
        "JoinGroup", version, back, "it comes back", capture={"b": "memberId"}, connection="b"
    )
    yield beat(heart, "a", 1, "the former self", **me)
    yield beat(heart, "a", 1, "the former self without its name")
    yield call("SyncGroup", other, sync_body(other, "a", 1, {}) | me, "it syncs", connection="a")
    yield call("JoinGroup", version, join_body(version, "${a}", **me), "it joins", connection="a")
    yield call(
        "SyncGroup", other, sync_body(other, "b", 1, {}) | me, "the new self syncs", connection="b"
    )
    yield beat(heart, "b", 1, "the new self", **me)
    yield beat(heart, "b", 1, "under an unknown name", groupInstanceId="nobody")
    changed = join_body(version, "${b}", protocols=STICKY, **me)
    yield call("JoinGroup", version, changed, "it changes its protocols", connection="b")
    members = {"members": [{"memberId": "", "groupInstanceId": "nobody"}]}
    out = {"groupId": "${group}"}
    yield call("LeaveGroup", other, out | members, "a stranger is removed", connection="b")
    wrong = {"members": [{"memberId": "${a}"} | me]}
    yield call("LeaveGroup", other, out | wrong, "the former self leaves", connection="b")
    named = {"members": [{"memberId": ""} | me]}
    yield call("LeaveGroup", other, out | named, "it is removed by name", connection="b")
    yield beat(heart, "b", 2, "after it was removed", **me)


def strangers(api: str, version: int) -> Iterator[Step]:
    """Groups and members that are not there."""

    def one(what: str, **more: Json) -> Step:
        body = {"groupId": "${group}", "generationId": 1, "memberId": "nobody"} | more
        known = {"protocolType": "consumer", "protocolName": "range"}
        body |= known if api == "SyncGroup" and version >= 5 else {}
        return call(api, version, body, what)

    yield from group()
    yield one("unknown group")
    yield one("no group", groupId="")
    yield one("negative generation", generationId=-1)
    yield one("no member", memberId="")
    if version >= 3:
        yield one("an instance", groupInstanceId="someone")


def leave(version: int) -> Iterator[Step]:
    def one(what: str, *members: str, name: str = "${group}") -> Step:
        body: dict[str, Json] = {"groupId": name}
        body |= (
            {"memberId": members[0]}
            if version < 3
            else {"members": [{"memberId": member} for member in members]}
        )
        return call("LeaveGroup", version, body, what)

    yield from group()
    yield one("unknown group", "nobody")
    yield one("no group", "nobody", name="")
    yield from join_first(3, "a")
    yield one("unknown member", "nobody")
    yield one("no member", "")
    if version >= 3:
        yield one("none")
        yield one("a member and a stranger", "${a}", "nobody", "${a}")
    else:
        yield one("the member", "${a}")
