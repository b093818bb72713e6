"""Two faults at once in requests of groups, committed offsets and transactions."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

from compat_tests.parity.script import Json, Step, Story, call, prepare
from compat_tests.parity.stories.common import NOWHERE, UNKNOWN_ID, ZERO_ID, group, topic
from compat_tests.parity.stories.groups import join_body, join_first, subscription, sync
from compat_tests.parity.stories.offsets import commit_body, read
from compat_tests.parity.stories.transaction_steps import (
    RISING,
    adding,
    coordinator,
    ending,
    in_state,
    init,
    txn,
)
from compat_tests.parity.stories.two_faults import TWICE, Checks, Fault, More, Table, dashed, pairs

# The states of the group in which its member ``a`` asks.
GROUP_STATES = ("unknown", "completing", "stable", "empty")
TRANSACTION_STATES = ("Ongoing", "CompleteCommit")
# The APIs whose checks depend on the state, and the faults that are the same in all states.
BY_STATE = ("JoinGroup", "SyncGroup", "Heartbeat", "LeaveGroup", "OffsetCommit", "TxnOffsetCommit")
OF_OFFSETS = ("no such topic", "negative offset", "partition twice", "topic twice", "no topics")
FIRST = "topics.0.partitions.0."
ITS_NAME = "${group}-me"


def stories() -> Iterator[Story]:
    yield from FINDING.stories()
    for name, (versions, table) in OF_MEMBERS.items():
        for version in versions:
            states = GROUP_STATES if version == versions[-1] and name in BY_STATE else ("stable",)
            steps = [*topic(2), *group(), *coordinator(), init("t", "p")]
            # Other stories may have made the group without a name: here it is always there.
            steps.append(prepare("OffsetCommit", 2, commit_body(2, groupId="")))
            for state in states:
                steps += named("${group}", f"${{group}}-{state}", in_group_state(state))
                steps += asked(name, version, table, state)
                steps += named("${group}", f"${{group}}-{state}", outcome(state))
            yield Story(f"precedence-{dashed(name)}-v{version}", steps)
    for name, (versions, table) in OF_TRANSACTIONS.items():
        for version in versions:
            rising = name == "EndTxn" and version >= RISING
            steps = list(topic(2)) + group() + coordinator()
            for state in TRANSACTION_STATES:
                steps += in_state(state.lower(), "p", state, rising)
                wrong = asked(name, version, table, state)
                steps += named(txn("t"), txn(state.lower()), wrong)
                described = {"transactionalIds": [txn(state.lower())]}
                steps.append(call("DescribeTransactions", 0, described, f"it was {state}"))
            yield Story(f"precedence-{dashed(name)}-v{version}", steps)


def asked(name: str, version: int, table: Callable[[int], Table], state: str) -> Iterator[Step]:
    body, faults = table(version)
    if state != "stable" and name in BY_STATE:  # where the offsets are wrong it does not matter
        faults = {key: fault for key, fault in faults.items() if key not in OF_OFFSETS}
    for step in named("${group}", f"${{group}}-{state}", pairs(name, version, body, faults)):
        yield replace(step, name=f"{state}: {step.name}")


def named(old: str, new: str, steps: Iterable[Step]) -> Iterator[Step]:
    """With a group or a transactional id of another name."""
    for step in steps:
        body = json.loads(json.dumps(step.body).replace(old, new))
        yield replace(step, body=body)


def in_group_state(state: str) -> Iterator[Step]:
    """The member has a name, and where the group is unknown it is in another one."""
    yield from group()
    other = {"groupId": "${group}-else"} if state == "unknown" else {}
    yield from join_first(9, "a", groupInstanceId=ITS_NAME, **other)
    if state in ("stable", "empty"):
        yield sync(5, "a", 1, a="mine")
    if state == "empty":
        leaving = {"groupId": "${group}", "members": [{"memberId": "${a}"}]}
        yield call("LeaveGroup", 5, leaving, "a leaves")


def outcome(state: str) -> Iterator[Step]:
    yield call("DescribeGroups", 5, {"groups": ["${group}"]}, f"the group that was {state}")
    yield read(what=f"what is committed in the group that was {state}")


def of_member(version: int, named_since: int, generation: str = "") -> dict[str, Fault]:
    """What may be wrong with who asks."""
    faults: dict[str, Fault] = {
        "no group": {"groupId": ""},
        "unknown member": {"memberId": "nobody"},
    }
    if generation:
        faults["later generation"] = {generation: 7}
        faults["no generation"] = {generation: -1}
        faults["no member"] = {"memberId": ""}
    if version >= named_since:
        faults["unknown name"] = {"groupInstanceId": "someone", "memberId": "nobody"}
        faults["a under another name"] = {"groupInstanceId": "someone", "memberId": "${a}"}
        faults["another under its name"] = {"groupInstanceId": ITS_NAME, "memberId": "nobody"}
    return faults


def join(version: int) -> Table:
    changed = [{"name": "other", "metadata": subscription(b"one")}]
    faults = of_member(version, 5) | {
        "short session": {"sessionTimeoutMs": 1},
        "long session": {"sessionTimeoutMs": 1 << 30},
        "another type": {"protocolType": "other"},
        "no type": {"protocolType": ""},
        "no protocols": {"protocols": []},
        "other protocols": {"protocols": changed},
    }
    if version >= 4:  # before, it would join
        faults["no member"] = {"memberId": ""}
    # Neither alone is a fault of one that has no members, and it waits then.
    return join_body(version, "nobody" if version < 4 else "${a}"), faults


def sync_group(version: int) -> Table:
    body: dict[str, Json] = {"groupId": "${group}", "generationId": 1, "memberId": "${a}"}
    faults = of_member(version, 3, "generationId")
    if version >= 5:
        body |= {"protocolType": "consumer", "protocolName": "range"}
        faults |= {
            "another type": {"protocolType": "other"},
            "another protocol": {"protocolName": "other"},
            "null type": {"protocolType": None},
            "null protocol": {"protocolName": None},
        }
    return body | {"assignments": []}, faults


def heartbeat(version: int) -> Table:
    body = {"groupId": "${group}", "generationId": 1, "memberId": "${a}"}
    return body, of_member(version, 3, "generationId")


def leave(version: int) -> Table:
    if version < 3:
        return {"groupId": "${group}", "memberId": "${a}"}, of_member(version, 9)
    faults = {
        name: {key if key == "groupId" else f"members.0.{key}": one for key, one in fault.items()}
        for name, fault in of_member(version, 3).items()
    }
    faults["nobody leaves"] = {"members": []}
    faults["twice"] = {"members": TWICE}
    faults["another too"] = {"members": More({"memberId": "", "groupInstanceId": "none"})}
    return {"groupId": "${group}", "members": [{"memberId": "${a}"}]}, faults


def offsets_of(version: int, ids_since: int) -> dict[str, Fault]:
    """What may be wrong with offsets to commit."""
    has_ids = version >= ids_since
    place = "topics.0.topicId" if has_ids else "topics.0.name"
    good = {"partitionIndex": 1, "committedOffset": 6, "committedMetadata": "good"}
    return {
        "unknown topic": {place: UNKNOWN_ID if has_ids else NOWHERE},
        "no such topic": {place: ZERO_ID if has_ids else "a/b"},
        "unknown partition": {f"{FIRST}partitionIndex": 7},
        "long note": {f"{FIRST}committedMetadata": "x" * 5000},
        "negative offset": {f"{FIRST}committedOffset": -5},
        "a good one too": {"topics.0.partitions": More(good)},
        "partition twice": {"topics.0.partitions": TWICE},
        "topic twice": {"topics": TWICE},
        "no topics": {"topics": []},
    }


def commit(version: int) -> Table:
    body = commit_body(version, memberId="${a}", generationIdOrMemberEpoch=1)
    return body, of_member(version, 7, "generationIdOrMemberEpoch") | offsets_of(version, 10)


def commit_in_transaction(version: int) -> Table:
    offset = {"partitionIndex": 0, "committedOffset": 5, "committedMetadata": "m"}
    body: dict[str, Json] = {
        "transactionalId": txn("t"),
        "groupId": "${group}",
        "producerId": "${p}",
        "producerEpoch": 0,
        "topics": [{"name": "${topic}", "partitions": [offset]}],
    }
    faults: dict[str, Fault] = {
        "no id": {"transactionalId": ""},
        "unknown id": {"transactionalId": txn("nobody")},
        "another producer": {"producerId": 999_999},
        "epoch to come": {"producerEpoch": 7},
    }
    if version >= 3:
        body |= {"generationId": 1, "memberId": "${a}"}
        faults |= of_member(version, 3, "generationId")
    else:
        faults["no group"] = {"groupId": ""}
    return body, faults | offsets_of(version, 99)


def fetch_offsets(version: int) -> Table:
    has_ids = version >= 10
    which = {"topicId": "${id}"} if has_ids else {"name": "${topic}"}
    place = "topics.0.topicId" if has_ids else "topics.0.name"
    body: dict[str, Json] = {
        "groupId": "${group}",
        "topics": [which | {"partitionIndexes": [0]}],
    }
    faults: dict[str, Fault] = {
        "no group": {"groupId": ""},
        "unknown group": {"groupId": "${group}-none"},
        "unknown topic": {place: UNKNOWN_ID if has_ids else NOWHERE},
        "no such topic": {place: ZERO_ID if has_ids else "a/b"},
        "unknown partition": {"topics.0.partitionIndexes.0": 7},
        "partition twice": {"topics.0.partitionIndexes": TWICE},
        "topic twice": {"topics": TWICE},
        "no topics": {"topics": []},
    }
    if version >= 2:  # of the group without a name other stories tell
        faults["all topics"] = {"topics": None, "groupId": "${group}"}
    if version >= 9:
        faults["unknown member"] = {"memberId": "nobody", "memberEpoch": 3}
        faults["a with an epoch"] = {"memberId": "${a}", "memberEpoch": 7}
    if version < 8:
        return body, faults
    faults = {
        name: {f"groups.0.{path}": one for path, one in fault.items()}
        for name, fault in faults.items()
    }
    faults["group twice"] = {"groups": TWICE}
    faults["another group"] = {"groups": More({"groupId": "${group}-none", "topics": None})}
    return {"groups": [body]}, faults | {"stable": {"requireStable": True}}


def delete_offsets(_version: int) -> Table:
    body = {
        "groupId": "${group}",
        "topics": [{"name": "${topic}", "partitions": [{"partitionIndex": 0}]}],
    }
    return body, {
        "no group": {"groupId": ""},
        "unknown group": {"groupId": "${group}-none"},
        "unknown topic": {"topics.0.name": NOWHERE},
        "no such topic": {"topics.0.name": "a/b"},
        "unknown partition": {f"{FIRST}partitionIndex": 7},
        "no partitions": {"topics.0.partitions": []},
        "no topics": {"topics": []},
        "a good one too": {"topics.0.partitions": More({"partitionIndex": 1})},
        "partition twice": {"topics.0.partitions": TWICE},
        "topic twice": {"topics": TWICE},
    }


def several(path: str) -> Table:
    """Groups; the second is unknown."""
    body: dict[str, Json] = {path: ["${group}", "${group}-none"]}
    return body, {
        "no name": {f"{path}.0": ""},
        "no name in second place": {f"{path}.1": ""},
        "a name of spaces": {f"{path}.0": "  "},
        "twice": {path: TWICE},
        "none": {path: []},
        "the same in second place": {f"{path}.1": "${group}"},
        "the first unknown": {f"{path}.0": "${group}-none"},
    }


def describe(version: int) -> Table:
    body, faults = several("groups")
    operations = {"and what one may do": {"includeAuthorizedOperations": True}}
    return body, {**faults, **(operations if version >= 3 else {})}


def delete(_version: int) -> Table:
    return several("groupsNames")


def find(version: int) -> Table:
    kinds: dict[str, Fault] = {
        f"type {kind}": {"keyType": kind} for kind in (-1, 2, 9) if version >= 1
    }
    if version < 4:
        return {"key": "${group}", "keyType": 0}, {**kinds, "no key": {"key": ""}}
    return {"coordinatorKeys": ["${group}"], "keyType": 0}, {
        **kinds,
        "no key": {"coordinatorKeys.0": ""},
        "no keys": {"coordinatorKeys": []},
        "twice": {"coordinatorKeys": TWICE},
        "a good one too": {"coordinatorKeys": More("${group}")},
        "of no share": {"coordinatorKeys.0": "g:" + ZERO_ID + ":x"},
    }


def of_producer(prefix: str, id_path: str) -> dict[str, Fault]:
    """What may be wrong with the transaction; its epoch is 1."""
    producer, epoch = f"{prefix}roducerId", f"{prefix}roducerEpoch"
    return {
        "no id": {id_path: ""},
        "unknown id": {id_path: txn("nobody")},
        "another producer": {producer: 999_999},
        "no producer": {producer: -1},
        "epoch to come": {epoch: 7},
        "epoch before": {epoch: 0},
        "no epoch": {epoch: -1},
    }


def add_partitions(version: int) -> Table:
    old = adding("t", "p", 1, (0,))
    if version < 4:
        way = "v3AndBelow"
        body, topics = old, f"{way}Topics"
        faults = of_producer(f"{way}P", f"{way}TransactionalId")
    else:
        way = "transactions.0."
        topics = f"{way}topics"
        one = {"transactionalId": txn("t"), "producerId": "${p}", "producerEpoch": 1}
        one |= {"verifyOnly": False, "topics": old["v3AndBelowTopics"]}
        body = {"transactions": [one]}
        faults = of_producer(f"{way}p", f"{way}transactionalId")
        faults["only looks"] = {f"{way}verifyOnly": True}
        faults["transaction twice"] = {"transactions": TWICE}
    return body, faults | {
        "unknown topic": {f"{topics}.0.name": NOWHERE},
        "no such topic": {f"{topics}.0.name": "a/b"},
        "unknown partition": {f"{topics}.0.partitions.0": 7},
        "partition twice": {f"{topics}.0.partitions": TWICE},
        "topic twice": {topics: TWICE},
        "a good one too": {f"{topics}.0.partitions": More(1)},
        "no partitions": {f"{topics}.0.partitions": []},
        "no topics": {topics: []},
    }


def add_offsets(_version: int) -> Table:
    body = {"transactionalId": txn("t"), "producerId": "${p}", "producerEpoch": 1}
    faults = of_producer("p", "transactionalId") | {"no group": {"groupId": ""}}
    return body | {"groupId": "${group}"}, faults


def end(_version: int) -> Table:
    faults = of_producer("p", "transactionalId")
    return ending("t", "p", 1, True), faults | {"aborts": {"committed": False}}


def init_producer(version: int) -> Table:
    body: dict[str, Json] = {"transactionalId": txn("t"), "transactionTimeoutMs": 60_000}
    faults: dict[str, Fault] = {
        "no id": {"transactionalId": ""},
        "null id": {"transactionalId": None},
        "no time": {"transactionTimeoutMs": 0},
        "too long": {"transactionTimeoutMs": 1 << 30},
    }
    if version >= 3:
        faults |= {
            "another producer": {"producerId": 999_999, "producerEpoch": 1},
            "epoch to come": {"producerId": "${p}", "producerEpoch": 7},
            "no epoch": {"producerId": "${p}", "producerEpoch": -1},
            "no producer": {"producerId": -1, "producerEpoch": 1},
            "negative": {"producerId": -2, "producerEpoch": -2},
        }
    return body, faults


def markers(version: int) -> Table:
    marker = {
        "producerId": "${p}",
        "producerEpoch": 1,
        "transactionResult": False,
        "topics": [{"name": "${topic}", "partitionIndexes": [0]}],
        "coordinatorEpoch": 0,
    }
    faults: dict[str, Fault] = {
        "no producer": {"markers.0.producerId": -1},
        "no epoch": {"markers.0.producerEpoch": -1},
        "epoch before": {"markers.0.producerEpoch": 0},
        "older coordinator": {"markers.0.coordinatorEpoch": -1},
        "unknown topic": {"markers.0.topics.0.name": NOWHERE},
        "no such topic": {"markers.0.topics.0.name": "a/b"},
        "unknown partition": {"markers.0.topics.0.partitionIndexes.0": 7},
        "a good one too": {"markers.0.topics.0.partitionIndexes": More(1)},
        "marker twice": {"markers": TWICE},
    }
    if version >= 2:
        faults["of rising epochs"] = {"markers.0.transactionVersion": 2}
    return {"markers": [marker]}, faults


FINDING = Checks("FindCoordinator", (3, 6), find, group)
OF_MEMBERS = {
    "JoinGroup": ((0, 9), join),
    "SyncGroup": ((0, 5), sync_group),
    "Heartbeat": ((0, 4), heartbeat),
    "LeaveGroup": ((0, 5), leave),
    "OffsetCommit": ((2, 10), commit),
    "TxnOffsetCommit": ((3, 5), commit_in_transaction),
    "OffsetFetch": ((7, 10), fetch_offsets),
    "OffsetDelete": ((0,), delete_offsets),
    "DescribeGroups": ((0, 6), describe),
    "DeleteGroups": ((2,), delete),
}
OF_TRANSACTIONS = {
    "AddPartitionsToTxn": ((3, 5), add_partitions),
    "AddOffsetsToTxn": ((4,), add_offsets),
    "EndTxn": ((4, 5), end),
    "InitProducerId": ((5,), init_producer),
    "WriteTxnMarkers": ((2,), markers),
}
