"""What generated stories found (generated.py), each as short as it gets."""

from __future__ import annotations

from collections.abc import Iterator

from compat_tests.parity.batches import Batch, b64
from compat_tests.parity.script import Json, Step, Story, call
from compat_tests.parity.stories.common import (
    NOWHERE,
    UNKNOWN_ID,
    ZERO_ID,
    at,
    fetch_body,
    filled,
    group,
    produce_body,
    topic,
)
from compat_tests.parity.stories.groups import BOTH, RANGE, STICKY, join_body, join_first, sync
from compat_tests.parity.stories.transaction_steps import (
    adding,
    batch,
    coordinator,
    init,
    txn,
    writing,
)


def stories() -> Iterator[Story]:
    yield Story("found-fetch", list(fetch()))
    yield Story("found-produce", list(produce()))
    yield Story("found-list-offsets", list(list_offsets()))
    yield Story("found-acls", list(acls()))
    yield Story("found-placement", list(placement()))
    yield Story("found-assignments", list(assignments()))
    yield Story("found-nulls", list(nulls()))
    yield Story("found-token-owner", list(token_owner()))
    yield Story("found-protocol-twice", list(protocol_twice()))
    yield Story("found-offset-delete", list(offset_delete()))
    yield Story("found-adding", list(adding_partitions()))
    yield Story("found-txn-offsets", list(offsets_in_transaction()))
    yield Story("found-markers", list(markers()))
    yield Story("found-producers", list(producers()))
    yield Story("found-first-sequence", list(first_sequence()))
    yield Story("found-announced", list(announced()))
    yield Story("found-voters", list(voters()))
    yield Story("found-deletion", list(deletion()))
    yield Story("found-long-names", list(long_names()))
    yield Story("found-quotas", list(quotas()))
    yield Story("found-operations", list(operations()))
    yield Story("found-settings", list(settings()))
    yield Story("found-operations-on-settings", list(operations_on_settings()))


def fetch() -> Iterator[Step]:
    yield from topic(1, name="${topic}-full")
    yield from filled(Batch(), Batch(), name="${topic}-full")
    for limit in (0, 1, 80):
        parts = [at(0), at(0, limit=limit)]
        for number, body in enumerate((parts, parts[:1], parts[1:])):
            wanted = fetch_body(12, body, "${topic}-full", isolationLevel=1, maxBytes=limit)
            yield call("Fetch", 12, wanted, f"committed, {limit} bytes, {number}")
        two = fetch_body(12, [at(0)], "${topic}-full", isolationLevel=1, maxBytes=80)
        two["topics"] = [{"topic": "${topic}-full", "partitions": [at(9), at(1, limit=limit)]}]
        yield call("Fetch", 12, two, f"committed, {limit} bytes behind a wrong one")
    yield from topic(1)
    empty = fetch_body(14, [at(3, limit=-1, lastFetchedEpoch=0)], isolationLevel=1)
    yield call("Fetch", 14, empty, "an empty partition has an epoch")
    yield call("Fetch", 12, fetch_body(12, [at(0, limit=-1)]), "nothing to cut")
    nothing = fetch_body(8, [at(0)], name=NOWHERE, isolationLevel=2)
    yield call("Fetch", 8, nothing, "an isolation level of nothing")
    nameless = fetch_body(12, [at(0)], isolationLevel=2)
    nameless["topics"].append({"topic": "", "partitions": [at(0)]})
    yield call("Fetch", 12, nameless, "a topic without a name fails with the others")
    nameless = fetch_body(12, [at(0)], name="", sessionId=-(1 << 31), sessionEpoch=-1)
    yield call("Fetch", 12, nameless, "a topic without a name fails alone")
    for version in (7, 14):
        for session in (-(1 << 31), -7, (1 << 31) - 1):
            none = fetch_body(version, [at(0)], sessionId=session, sessionEpoch=-1)
            yield call("Fetch", version, none, f"v{version} session {session}")
        level = fetch_body(version, [at(0)], sessionId=7, sessionEpoch=0, isolationLevel=2)
        yield call("Fetch", version, level, f"v{version} failed with a session")
    unknown = fetch_body(15, [at(0, partition=9)])
    unknown["topics"].append({"topicId": UNKNOWN_ID, "partitions": [at(0)]})
    yield call("Fetch", 15, unknown, "unknown ids come first")
    for epoch, parts in ((-1, [0]), (-1, [0, 9]), (0, [0])):
        # Where there is something to wait for Kafka does not answer at all.
        wanted = [at(0, partition=one) for one in parts]
        zeros = fetch_body(14, wanted, sessionEpoch=epoch, minBytes=0)
        zeros["topics"].append({"topicId": ZERO_ID, "partitions": [at(0)]})
        yield call("Fetch", 14, zeros, f"an id of zeros beside {parts} in epoch {epoch}")
    opening = fetch_body(16, [at(0)], sessionEpoch=0, minBytes=0)
    yield call("Fetch", 16, opening, "a session", capture={"session": "sessionId"})
    more = fetch_body(16, [at(0)], ZERO_ID, sessionId="${session}", sessionEpoch=1, minBytes=0)
    yield call("Fetch", 16, more, "an id of zeros in a session")
    yield call("Fetch", 16, more | {"topics": [], "sessionEpoch": 2}, "the session goes on")


def produce() -> Iterator[Step]:
    yield from topic(1)
    good, transactional = b64(Batch()), b64(Batch(attributes=16, producer_id=7))
    for version in (5, 11, 13):
        wrong = produce_body(version, good, acks=2)
        parts: list[dict[str, Json]] = wrong["topicData"][0]["partitionData"]
        parts.append({"index": 9, "records": good})
        yield call("Produce", version, wrong, f"v{version} wrong acks and no such partition")
        body = produce_body(version, transactional, acks=2)
        body["topicData"] = [*body["topicData"] * 2, body["topicData"][0] | {"partitionData": []}]
        yield call("Produce", version, body, f"v{version} transactional without an id")
    yield from produce_in_order(good)


def produce_in_order(good: str) -> Iterator[Step]:
    """What is looked at first, and what of a partition that comes twice."""
    zstd = b64(Batch(codec="zstd"))
    for version in (6, 9):
        for wrong in (b64(b"short"), b64(Batch(), Batch()), b64(Batch(magic=1)), zstd):
            body = produce_body(version, wrong, acks=2)
            yield call("Produce", version, body, f"v{version} {wrong[16:40]} and wrong acks")
    for records in (b64(Batch(attributes=7)), b64(Batch(attributes=7), Batch())):
        body = produce_body(6, good)
        body["topicData"][0]["partitionData"].append({"index": 0, "records": records})
        yield call("Produce", 6, body, f"codec of nobody in {len(records)}")
    for index in (0, 9):
        for pair in ((b64(b"short"), good), (good, b64(b"short")), (good, b64(Batch(count=2)))):
            body = produce_body(9, None)
            both = [{"index": index, "records": one} for one in pair]
            body["topicData"][0]["partitionData"] = both
            yield call("Produce", 9, body, f"twice into {index}: {[len(one) for one in pair]}")
    body = produce_body(6, good)
    gap = b64(Batch(producer_id=9, producer_epoch=0, sequence=5), Batch())
    for pair in ((zstd, good), (good, zstd), (zstd, gap), (gap, zstd)):
        both = [{"index": 0, "records": one} for one in pair]
        body["topicData"][0]["partitionData"] = both
        yield call("Produce", 6, body, f"twice, zstd too soon: {[len(one) for one in pair]}")
    yield call("ListOffsets", 10, latest(), "how many were written")


def latest() -> dict[str, Json]:
    partitions = [{"partitionIndex": 0, "timestamp": -1}]
    return {"replicaId": -1, "topics": [{"name": "${topic}", "partitions": partitions}]}


def list_offsets() -> Iterator[Step]:
    yield from topic(1)
    topics = [
        {"name": name, "partitions": [{"partitionIndex": index, "timestamp": timestamp}]}
        for name, index, timestamp in (("${topic}", 0, -1), (NOWHERE, 0, -6), ("${topic}", 9, -1))
    ]
    yield call("ListOffsets", 10, {"replicaId": -1, "topics": topics}, "topic twice")


def placement() -> Iterator[Step]:
    """Nothing to move, and empty names before and behind a cursor."""
    yield from topic(2)
    for allowed in (True, False):
        body = {"timeoutMs": 5000, "allowReplicationFactorChange": allowed, "topics": []}
        yield call("AlterPartitionReassignments", 1, body, f"none, factors may change: {allowed}")
    for names in (["", "${topic}"], [""]):
        for cursor in (None, ("${topic}", 0), ("${topic}", -1), ("", 0), ("", 1)):
            where = cursor and {"topicName": cursor[0], "partitionIndex": cursor[1]}
            topics = [{"name": name} for name in names]
            body = {"topics": topics, "responsePartitionLimit": 1, "cursor": where}
            yield call("DescribeTopicPartitions", 0, body, f"{names} from {cursor}")


def acls() -> Iterator[Step]:
    wanted = {"resourceTypeFilter": 1, "patternTypeFilter": 1, "operation": 1, "permissionType": 1}
    for field in wanted:
        body = wanted | {"resourceNameFilter": None, "principalFilter": None, "hostFilter": None}
        yield call("DescribeAcls", 3, body | {field: 0}, f"unknown {field}", connection=field)


def token_owner() -> Iterator[Step]:
    for kind, name in (("User", "somebody"), ("", "somebody"), ("User", ""), (None, None)):
        owner = {"ownerPrincipalType": kind, "ownerPrincipalName": name}
        body = owner | {"renewers": [], "maxLifetimeMs": -1}
        yield call("CreateDelegationToken", 3, body, f"owner {kind} {name}")


def protocol_twice() -> Iterator[Step]:
    """It is common to nobody. Where there is no other one Kafka answers no more."""
    yield from group()
    yield from join_first(3, "m0", protocols=[*STICKY, *STICKY, *RANGE])
    yield sync(2, "m0", 1, m0="abc")
    for name, protocols in (("sticky", STICKY), ("both", BOTH)):
        body = join_body(3, protocols=protocols)
        yield call("JoinGroup", 3, body, f"{name} joins", connection=name, patience_s=0.5)
    yield call("DescribeGroups", 5, {"groups": ["${group}"]})


def offset_delete() -> Iterator[Step]:
    """A topic that comes twice is told twice, unless something is missing."""
    yield from topic(2)
    yield from group()
    yield from join_first(3, "m0")
    for wanted in (
        [("${topic}", [0]), ("${topic}", [1])],
        [("${topic}", [0]), ("${topic}", [1, 9])],
        [(NOWHERE, []), ("${topic}", [0]), ("${topic}", [1])],
    ):
        topics = [
            {"name": name, "partitions": [{"partitionIndex": index} for index in indexes]}
            for name, indexes in wanted
        ]
        body = {"groupId": "${group}", "topics": topics}
        yield call("OffsetDelete", 0, body, f"{wanted}")


def transactional_id() -> Iterator[Step]:
    yield from topic(2)
    yield from coordinator()
    yield init("t", "p")


def adding_partitions() -> Iterator[Step]:
    """Topics come as often as they are asked for, unless one is missing."""
    yield from transactional_id()
    for last in ([], [0]):
        topics: list[Json] = [
            {"name": name, "partitions": indexes}
            for name, indexes in (("${topic}", [0]), ("${topic}", [1, 1]), (NOWHERE, last))
        ]
        body = adding("t", "p", 0, ()) | {"v3AndBelowTopics": topics}
        yield call("AddPartitionsToTxn", 3, body, f"nowhere {last}")
        mine = {"transactionalId": txn("t"), "producerId": "${p}", "producerEpoch": 0}
        for verify in (False, True):
            body = {"transactions": [mine | {"verifyOnly": verify, "topics": topics}]}
            yield call("AddPartitionsToTxn", 5, body, f"nowhere {last}, only asked: {verify}")


def offsets_in_transaction() -> Iterator[Step]:
    """What a group refuses, it refuses of the partitions that exist."""
    yield from transactional_id()
    yield from group()
    offset: dict[str, Json] = {"committedOffset": 1}
    for where in ("${group}", ""):
        for last in (("${topic}", [0]), ("${topic}", [9]), (NOWHERE, [])):
            topics = [
                {"name": name, "partitions": [offset | {"partitionIndex": one} for one in indexes]}
                for name, indexes in (("${topic}", [0]), last)
            ]
            body = {"transactionalId": txn("t"), "producerId": "${p}", "producerEpoch": 0}
            body |= {"groupId": where, "topics": topics}
            yield call("TxnOffsetCommit", 3, body, f"{where} {last}")
    mine = {"transactionalId": txn("t"), "producerId": "${p}", "producerEpoch": 0}
    yield call("AddOffsetsToTxn", 3, mine | {"groupId": "${group}"})
    yield call("EndTxn", 5, mine | {"committed": False})
    late = mine | {"transactionalId": txn("nobody"), "groupId": "${group}"}
    late |= {"topics": [{"name": "${topic}", "partitions": [offset | {"partitionIndex": 0}]}]}
    epoch_is_over = 47
    yield call("TxnOffsetCommit", 5, late, "too late, as nobody", until_code=epoch_is_over)


def markers() -> Iterator[Step]:
    """Answers are by producer; a batch without one fails all, where there is something to write."""
    yield from topic(1)

    def marker(producer_id: int, *indexes: int, epoch: int = 0) -> Json:
        marked = {"producerId": producer_id, "producerEpoch": epoch, "transactionResult": False}
        topics = [{"name": "${topic}", "partitionIndexes": list(indexes)}]
        return marked | {"topics": topics, "coordinatorEpoch": 0}

    one, other = 7_000_001, 7_000_002
    for number, wanted in enumerate(
        (
            [marker(one, 9, 9), marker(other), marker(one, 0)],
            [marker(one, 0, 9, epoch=-1)],
            [marker(one, 9, epoch=-1)],
            [marker(-1, 0, 9)],
            [marker(other, 0), marker(one, 0, epoch=-1)],
            [marker(7_000_003, 0, epoch=-2)],
        )
    ):
        yield call("WriteTxnMarkers", 1, {"markers": wanted}, f"markers {number}")
    old = {**marker(7_000_003, 0), "coordinatorEpoch": -2}
    yield call("WriteTxnMarkers", 1, {"markers": [old]}, "from an older coordinator than none")
    records = b64(Batch(producer_id=7_000_003, producer_epoch=-2, sequence=0))
    yield call("Produce", 9, produce_body(9, records), "in an older epoch than none")


def producers() -> Iterator[Step]:
    """A request has one, but for partitions that are not there and what is no batch."""
    yield from transactional_id()
    first, later = batch("p", 0, 0), batch("p", 1, 0)
    for version in (6, 12):
        for number, pair in enumerate((
            [(0, first), (9, later)], [(9, first), (8, later)], [(0, first), (1, later)],
            [(9, later), (0, b64(Batch()))], [(0, b64(b"short")), (1, first)],
            [(0, first), (1, b64(Batch(magic=3)))], [(1, b64(Batch(magic=3))), (0, first)],
            [(0, first), (9, b64(Batch(magic=3)))],
        )):  # fmt: skip
            body = produce_body(version, None) | {"transactionalId": txn("t")}
            data = [{"index": index, "records": records} for index, records in pair]
            body["topicData"][0]["partitionData"] = data
            yield call("Produce", version, body, f"v{version} {number}")


def first_sequence() -> Iterator[Step]:
    """Whether a producer starts at 0 is told by the first batch, whoever sends the next one."""
    for first, second in ((13, 11), (11, 12)):
        yield from topic(1, name=f"${{topic}}-{first}")
        yield from coordinator(f"t{first}")
        yield init(f"t{first}", "p")
        for version, sequence in ((first, 1), (second, 1), (second, 2), (second, 0)):
            body = writing(version, f"t{first}", batch("p", 0, sequence, count=1))
            which = {"topicId": "${id}"} if version >= 13 else {"name": f"${{topic}}-{first}"}
            body["topicData"] = [which | {"partitionData": body["topicData"][0]["partitionData"]}]
            yield call("Produce", version, body, f"v{version} after v{first}: {sequence}")


def announced() -> Iterator[Step]:
    """A batch that was refused in a transaction is waited for, whatever comes outside of one."""
    yield from topic(1)
    yield from coordinator()
    yield init("t", "p")
    yield call("Produce", 9, writing(9, "t", batch("p", 0, 0, count=1)), "not in the transaction")
    for sequence in (0, 1):
        outside = batch("p", 0, sequence, count=1, kind=0)
        yield call("Produce", 9, writing(9, None, outside), f"outside: {sequence}")


def assignments() -> Iterator[Step]:
    """They are looked at one after the other."""
    for first, second in (([2], [1]), ([1], [2]), ([1], [])):
        manual = [{"partitionIndex": 0, "brokerIds": ids} for ids in (first, second)]
        wanted = {"name": "${topic}", "numPartitions": -1, "replicationFactor": -1}
        body = {"topics": [wanted | {"assignments": manual}], "timeoutMs": 5000}
        yield call("CreateTopics", 7, body, f"{first} and {second} for the same")


def nulls() -> Iterator[Step]:
    """A setting without a value is told as often as it comes, though it comes with one as well."""
    for settings in (
        [("retention.ms", None), ("retention.ms", "5")],
        [("retention.ms", "5"), ("retention.ms", None)],
        [("segment.ms", None), ("nope", "1"), ("retention.ms", None), ("segment.ms", None)],
    ):
        configs = [{"name": name, "value": value} for name, value in settings]
        wanted = {"name": "${topic}", "numPartitions": 1, "replicationFactor": 1}
        body = {"topics": [wanted | {"configs": configs}], "timeoutMs": 5000}
        yield call("CreateTopics", 7, body, str(settings))


def voters() -> Iterator[Step]:
    """The listener of the other voters comes before the version of the quorum."""
    for name in ("CONTROLLER", "controller", "other"):
        listener = {"name": name, "host": "h", "port": 1}
        body: dict[str, Json] = {"clusterId": None, "timeoutMs": 1000, "voterId": 5}
        body |= {"voterDirectoryId": UNKNOWN_ID, "listeners": [listener]}
        yield call("AddRaftVoter", 0, body, name)


def deletion() -> Iterator[Step]:
    """Both a name and an id, or neither, is told as often as it comes."""
    yield from topic(1)
    topics = [{"name": "${topic}", "topicId": "${id}"}, {"name": None, "topicId": ZERO_ID}] * 2
    yield call("DeleteTopics", 6, {"topics": topics, "timeoutMs": 5000})


def long_names() -> Iterator[Step]:
    """Data of a topic with a long name cannot move."""
    for length in (213, 214):
        topics = [{"name": "x" * length, "partitions": [0]}]
        body = {"dirs": [{"path": "/nowhere", "topics": topics}]}
        yield call("AlterReplicaLogDirs", 2, body, f"{length} characters")


def quotas() -> Iterator[Step]:
    """Which of several wrong keys is told."""
    ops = [
        {"key": key, "value": value, "remove": False}
        for key, value in (("request_percentage", 0.0), ("", 1.0), ("nonsense", 1.0), ("z", 1.0))
    ]
    entity = [
        {"entityType": kind, "entityName": name}
        for kind, name in (("user", "${run}-u"), ("client-id", "${run}-c"))
    ]
    for count in range(2, len(ops) + 1):
        for wanted in (ops[:count], ops[:count][::-1]):
            entries = [{"entity": entity, "ops": wanted}] * 2
            body = {"entries": entries, "validateOnly": True}
            yield call("AlterClientQuotas", 1, body, f"{[one['key'] for one in wanted]}")


def operations() -> Iterator[Step]:
    for version in (8, 10, 12):
        topics = [{"name": name} for name in (NOWHERE, "bad/name")]
        body = {"topics": topics, "includeTopicAuthorizedOperations": True}
        yield call("Metadata", version, body | {"allowAutoTopicCreation": False}, f"v{version}")


def settings() -> Iterator[Step]:
    yield from topic(1)
    resources = [
        {"resourceType": kind, "resourceName": "${topic}", "configurationKeys": ["segment.bytes"]}
        for kind in (2, 99)
    ]
    yield call("DescribeConfigs", 4, {"resources": resources}, "no such kind")
    wrong = [{"name": "preallocate", "value": "1.5"}, {"name": "no.such.setting", "value": "1"}]
    made = {"name": "${topic}-2", "numPartitions": 1, "replicationFactor": 1, "configs": wrong}
    yield call("CreateTopics", 7, {"topics": [made], "timeoutMs": 5000}, "names before values")
    several = [
        "retention.ms",
        "no.such",
        "",
        "index.interval.bytes",
        "segment.ms",
        "zzz",
        "preallocate",
    ]
    for count in range(1, len(several) + 1):
        settings = [{"name": name, "value": "1.5"} for name in several[-count:]]
        settings = settings if count > 2 else settings[::-1]
        body = {"topics": [made | {"configs": settings}], "timeoutMs": 5000}
        yield call("CreateTopics", 7, body, f"{count} wrong")
        resource = {"resourceType": 2, "resourceName": "${topic}", "configs": settings}
        body = {"resources": [resource], "validateOnly": True}
        yield call("AlterConfigs", 2, body, f"{count} wrong ones of a topic")
    tiered = [{"name": "remote.storage.enable", "value": "true"}]
    body = {"topics": [made | {"configs": tiered, "replicationFactor": 9}], "timeoutMs": 5000}
    yield call("CreateTopics", 7, body, "tiered, and too many replicas")
    resource = {"resourceType": 2, "resourceName": "${topic}", "configs": tiered}
    yield call("AlterConfigs", 2, {"resources": [resource]}, "tiered")
    wrong = [{"name": name, "value": "1.5"} for name in ("segment.ms", "retention.ms", "flush.ms")]
    resource = {"resourceType": 2, "resourceName": "${topic}", "configs": wrong}
    yield call("AlterConfigs", 2, {"resources": [resource]}, "wrong values")


def operations_on_settings() -> Iterator[Step]:
    """Which is told of several things that are wrong, and what they do to other resources."""
    yield from topic(1)
    retention, policy, own = "retention.ms", "cleanup.policy", "1"
    cases: list[list[tuple[int, str, list[tuple[str, int, str]]]]] = [
        [(2, "${topic}", [("segment.ms", 2, "0"), ("flush.ms", 2, "5"), (policy, 4, "0")])],
        [(2, "${topic}", [("local.retention.ms", 2, "5"), ("segment.bytes", 4, "0")])],
        [(2, "", [(retention, 3, "1")]), (2, "", [("", 2, "1"), ("a b", 2, "1")])],
        [(2, "", [(retention, 3, "1")]), (2, NOWHERE, [(retention, 3, "1")])],
        [(2, NOWHERE, [(retention, 0, "x")]), (2, "bad/name", [(retention, 0, "x")])],
        [(2, "", [(retention, 0, "x")]), (32, "", [("no.such", 0, "1")])],
        [(2, "${topic}", [(retention, 0, "5")]), (2, NOWHERE, [(policy, 9, "x")]), (99, "", [])],
        [(2, "${topic}", [(retention, 0, "5")]), (4, own, [("log.retention.ms", 9, "x")])],
        [(4, own, [("log.retention.ms", 0, "5")]), (32, "${group}", [("no.such", 9, "x")])],
        [(8, own, [("root", 9, "x")]), (8, own + "0", [("root", 9, "x")])],
    ]  # fmt: skip
    for number, resources in enumerate(cases):
        body = {
            "resources": [
                {"resourceType": kind, "resourceName": name, "configs": [
                    {"name": setting, "configOperation": operation, "value": value}
                    for setting, operation, value in changes
                ]}
                for kind, name, changes in resources
            ],
            "validateOnly": True,
        }  # fmt: skip
        yield call("IncrementalAlterConfigs", 1, body, f"several wrong {number}")
