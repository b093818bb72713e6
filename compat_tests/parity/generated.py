"""Stories that nobody wrote: a seed makes one, and always the same; some with restarts.

What a story may not hold: what would change the cluster for the stories that follow, what tells of
other stories' topics, and what takes a cluster a moment that differs from play to play. Clients'
metrics are left out, since they are served to a plugin of the broker's only.
"""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

from compat_tests.parity.batches import Batch, Rec
from compat_tests.parity.codec import API_KEYS
from compat_tests.parity.fetch_session import FetchSession
from compat_tests.parity.field_values import struct_value
from compat_tests.parity.script import Step, Story, call, prepare, receive, restart
from compat_tests.parity.stories.common import filled, group, topic, versions
from compat_tests.parity.stories.groups import join_body, join_first, sync
from compat_tests.parity.stories.transaction_steps import coordinator, init
from compat_tests.parity.taming import tamed
from wire.api_keys import ApiKey
from wire.messages import request_class

OTHER = "${run}-other"
STEPS = 14
# How often an API is asked; whatever is not here is asked once in so many steps, too.
OFTEN = {
    "Produce": 5, "Fetch": 5, "ListOffsets": 3, "OffsetCommit": 4, "OffsetFetch": 4, "JoinGroup": 4,
    "SyncGroup": 3, "Heartbeat": 2, "LeaveGroup": 2, "CreateTopics": 3, "DescribeConfigs": 2,
    "IncrementalAlterConfigs": 3, "AlterConfigs": 2, "DescribeGroups": 2, "DeleteRecords": 2,
}  # fmt: skip
SELDOM = [
    "Metadata", "FindCoordinator", "ListGroups", "DeleteGroups", "DeleteTopics", "InitProducerId",
    "OffsetForLeaderEpoch", "ElectLeaders", "AlterPartitionReassignments", "CreatePartitions",
    "DescribeCluster", "DescribeLogDirs", "AlterReplicaLogDirs", "DescribeClientQuotas",
    "AlterClientQuotas", "OffsetDelete", "DescribeProducers", "DescribeTopicPartitions",
    "ListPartitionReassignments", "ListConfigResources", "DescribeAcls", "CreateAcls", "DeleteAcls",
    "CreateDelegationToken", "RenewDelegationToken", "ExpireDelegationToken",
    "DescribeDelegationToken", "DescribeQuorum", "UpdateFeatures", "UnregisterBroker",
    "AddRaftVoter", "RemoveRaftVoter", "ApiVersions", "AddPartitionsToTxn", "AddOffsetsToTxn",
    "EndTxn", "WriteTxnMarkers", "TxnOffsetCommit", "DescribeTransactions", "ListTransactions",
    "GetTelemetrySubscriptions", "PushTelemetry",
]  # fmt: skip
IN_TRANSACTION = {
    "Produce": 6, "AddPartitionsToTxn": 4, "AddOffsetsToTxn": 3, "TxnOffsetCommit": 4, "EndTxn": 5,
    "InitProducerId": 3, "Fetch": 3, "ListOffsets": 2, "OffsetFetch": 2, "OffsetCommit": 1,
    "DescribeTransactions": 2, "ListTransactions": 1, "DescribeProducers": 2, "WriteTxnMarkers": 1,
    "DeleteRecords": 1, "OffsetDelete": 1, "DeleteGroups": 1,
}  # fmt: skip
# DeleteRecords is not here: until the next retention check Kafka counts the segments before the
# new start, and finds no offsets by time after them.
ON_SEGMENTS = {
    "Produce": 8, "Fetch": 8, "ListOffsets": 5, "OffsetForLeaderEpoch": 2, "DescribeLogDirs": 2,
    "DescribeProducers": 1, "IncrementalAlterConfigs": 1,
}  # fmt: skip
# What a story is about: how the pools call it, and which APIs it asks how often.
THEMES = [
    *[("anything", OFTEN | dict.fromkeys(SELDOM, 1))] * 2,
    ("in_transaction", IN_TRANSACTION),
    ("on_segments", ON_SEGMENTS),
]
# Settings with which a segment holds a few batches only.
SMALL_SEGMENTS: list[dict[str, str]] = [
    {"segment_ms": "5000"},
    {"segment_index_bytes": "24", "index_interval_bytes": "0"},
    {"segment_index_bytes": "60", "index_interval_bytes": "100", "segment_ms": "60000"},
]
# Before v4 Metadata makes the topics that it is asked for; v0 lists other stories' subscriptions.
SINCE = {"Metadata": 4, "ListConfigResources": 1}
# What a cluster takes its time over: that a topic made afterwards is there shows that it is done.
SETTLES = {
    "CreateTopics", "DeleteTopics", "CreatePartitions", "IncrementalAlterConfigs", "AlterConfigs",
    "AlterClientQuotas",
}  # fmt: skip
ENDS = {"EndTxn", "InitProducerId"}  # what ends transactions
WAITING = {"JoinGroup", "SyncGroup"}  # may wait for other members: each on a connection of its own


def generated(seed: int, *, restarts: bool = False) -> Story:
    rng = Random(seed)
    theme, weights = rng.choice(THEMES)
    apis = [name for name, weight in weights.items() for _ in range(weight)]
    focus = rng.sample(apis, 6)
    places = sorted(rng.sample(range(2, STEPS), rng.choice([1, 1, 2]))) if restarts else []
    ends = {place: rng.choice(["stop", "kill"]) for place in places}
    steps = list(prelude(rng.choice(SMALL_SEGMENTS) if theme == "on_segments" else {}))
    session = FetchSession(rng)
    waiting = len(steps)  # the first step whose answer may still come at the end
    for number in range(STEPS):
        if number in ends:
            steps += restarted(ends[number], number)
            waiting = len(steps)
        name = rng.choice(focus if rng.random() < 0.7 else apis)
        if not is_lost_in_kill(theme, name, number, ends):
            steps += request(rng, session, theme, name, number)
    return Story(f"generated-{seed}", [*steps, *late_answers(steps[waiting:]), *forget()])


def is_lost_in_kill(theme: str, name: str, number: int, ends: dict[int, str]) -> bool:
    """What Kafka knows less of after a kill than kbroker: a new log start, which it writes down
    once a minute, and the last five batches of a producer, of which it knows one."""
    kills = [place for place, end in ends.items() if end == "kill"]
    is_before = any(number < place for place in kills)
    is_after = any(number >= place for place in kills)
    if theme == "on_segments":  # without producer ids
        return False
    return (name == "DeleteRecords" and is_before) or (name == "Produce" and is_after)


def restarted(end: str, number: int) -> Iterator[Step]:
    """A topic made afterwards has a leader when all have one. Coordinators load one by one."""
    yield restart(end)
    yield from renamed(topic(name=f"${{run}}-after-{number}"), id=f"id{number}")
    for name in ("${group}", "${run}-h", "${run}-nobody"):
        yield from group(name)
    for name in ("t", "t2"):
        yield from coordinator(name)
        described = {"transactionalIds": [f"${{run}}-{name}"]}
        yield prepare("DescribeTransactions", 0, described, f"{name} is loaded")
    # Kafka must first ask its controller for ids.
    yield prepare("InitProducerId", 4, {"transactionalId": None, "transactionTimeoutMs": 60_000})


def prelude(settings: dict[str, str]) -> Iterator[Step]:
    """Two topics, one with records, a stable group of one, and two transactional ids.

    Another member has only been told its id.
    """
    yield from topic(2, **settings)
    yield from filled(Batch([Rec(b"a"), Rec(b"b")]), Batch([Rec(b"c", key=b"k")]))
    yield from renamed(topic(name=OTHER), id="other_id")
    yield from group()
    yield from group("${run}-h")
    yield from join_first(3, "m0")
    yield sync(2, "m0", 1, m0="abc")
    yield call("JoinGroup", 5, join_body(5), "m1 asks", capture={"m1": "memberId"}, connection="m1")
    for name in ("t", "t2"):
        yield from coordinator(name)
        yield init(name, f"producer_{name}")


def renamed(steps: list[Step], **names: str) -> Iterator[Step]:
    for step in steps:
        capture = {names[name]: path for name, path in step.capture.items()}
        yield Step(**vars(step) | {"capture": capture})


def request(
    rng: Random, session: FetchSession, theme: str, name: str, number: int
) -> Iterator[Step]:
    version = rng.choice([one for one in versions(name) if one >= SINCE.get(name, 0)])
    key = ApiKey(API_KEYS[name])
    path = f"{theme}.{key.name.lower()}"
    body = tamed(rng, name, struct_value(rng, request_class(key), version, path))
    capture = session.used(body) if name == "Fetch" else {}
    waits = name in WAITING
    yield call(
        name, version, body, f"{number} {name} v{version}", capture=capture,
        connection=f"w{number}" if waits else rng.choice("ab"), patience_s=0.5 if waits else 10.0,
        exact_bytes=name != "Fetch",  # in which producer ids are, that each broker chooses
    )  # fmt: skip
    if name in SETTLES:
        yield from renamed(topic(name=f"${{run}}-after-{number}"), id=f"id{number}")
    if name in ENDS:
        yield transactions_settle()


def transactions_settle() -> Step:
    """Markers are written after the answer."""
    producers = ["${producer_t}", "${producer_t2}"]
    body = {"stateFilters": ["PrepareCommit", "PrepareAbort"], "producerIdFilters": producers}
    over = ("transactionStates", [])
    return call(
        "ListTransactions", 0, body, "markers", until_value=over, compared=False, connection="c"
    )


def late_answers(steps: list[Step]) -> Iterator[Step]:
    for step in steps:
        if step.connection.startswith("w"):
            yield receive(
                step.api, step.version, step.connection, f"late: {step.name}", patience_s=0.3
            )


def forget() -> Iterator[Step]:
    """So that an hour of stories does not fill the brokers, and the group without a name, which all
    share, does not last until each broker looks for expired ones."""
    names = ["${topic}", OTHER, "${run}-new", "${run}-new2", "${run}.a_b", "${run}_a.b"]
    names += [f"${{run}}-after-{number}" for number in range(STEPS)]
    body = {"topicNames": names, "timeoutMs": 5000}
    yield call("DeleteGroups", 2, {"groupsNames": [""]}, "group goes", compared=False)
    yield call("DeleteTopics", 5, body, "topics go", compared=False)
