"""Two faults at once in requests for records, offsets and topics."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

from compat_tests.parity.batches import CONTROL, TRANSACTIONAL, Batch, Rec, b64, legacy
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
from compat_tests.parity.stories.transaction_steps import coordinator
from compat_tests.parity.stories.two_faults import TWICE, Checks, More, Table, changed

INTERNAL = "__consumer_offsets"
IN_2100 = 4_102_444_800_000
GOOD = b64(Batch([Rec(), Rec()]))


def stories() -> Iterator[Story]:
    for checks in CHECKS:
        yield from checks.stories()
    yield Story("precedence-batches", list(of_one_batch(13)))
    for version in (12, 13):
        yield Story(f"precedence-fetch-session-v{version}", list(fetch_in_session(version)))


def two_topics() -> Iterator[Step]:
    yield from topic(1, "${topic}-other")
    yield from topic(2)
    yield from group()
    yield from coordinator()
    yield from filled(Batch([Rec(), Rec()]), Batch([Rec()]))


def produce(version: int) -> Table:
    body = produce_body(version, GOOD) | {"transactionalId": None}
    place = "topicData.0.topicId" if version >= 13 else "topicData.0.name"
    records = "topicData.0.partitionData.0.records"
    partition = "topicData.0.partitionData.0.index"
    kinds: dict[str, Batch | bytes] = {
        "transactional": Batch(attributes=TRANSACTIONAL, producer_id=7, sequence=0),
        "zstd": Batch(codec="zstd"),
        "codec 5": Batch(attributes=5),
        "magic 3": Batch(magic=3),
        "a short length": Batch(length=5),
        "half a batch": Batch().encode()[:40],
        "bad checksum": Batch(crc=5),
        "no bytes": b"",
        "old message": legacy([b"a"], 1),
    }
    faults: dict[str, dict[str, Json]] = {
        "acks 2": {"acks": 2},
        "acks 0": {"acks": 0},
        "no time": {"timeoutMs": 0},
        "transactional id": {"transactionalId": "${group}"},
        "empty transactional id": {"transactionalId": ""},
        "unknown topic": {place: UNKNOWN_ID if version >= 13 else NOWHERE},
        "no such topic": {place: ZERO_ID if version >= 13 else "a/b"},
        "unknown partition": {partition: 7},
        "partition twice": {"topicData.0.partitionData": TWICE},
        "a good one too": {"topicData.0.partitionData": More({"index": 1, "records": GOOD})},
    }
    if version < 13:
        faults["internal topic"] = {place: INTERNAL}
    return body, faults | {name: {records: b64(batch)} for name, batch in kinds.items()}


def batches(version: int) -> Iterator[Step]:
    """Two faults of one batch."""
    faults: dict[str, dict[str, Json]] = {
        "bad checksum": {"crc": 5},
        "magic 1": {"magic": 1},
        "magic 3": {"magic": 3},
        "short length": {"length": 20},
        "long length": {"length": 2000},
        "base offset": {"base_offset": 77},
        "codec 5": {"attributes": 5},
        "gzip it is not": {"attributes": 1},
        "control": {"attributes": CONTROL},
        "count": {"count": 2},
        "last offset delta": {"last_offset_delta": 3},
        "to come": {"base_timestamp": IN_2100},
        "before time": {"base_timestamp": -5},
        "greatest time": {"max_timestamp": IN_2100},
        "no epoch": {"producer_id": 9, "sequence": 0},
        "no sequence": {"producer_id": 10, "producer_epoch": 0},
        "a gap": {"producer_id": 11, "producer_epoch": 0, "sequence": 5},
        "old epoch": {"producer_id": 12, "producer_epoch": 0, "sequence": 0},
        "more bytes": {"extra": b"xx"},
        "no records": {"records": []},
        "offset deltas": {"records": [Rec(offset_delta=1), Rec(offset_delta=0)]},
        "too large": {"records": [Rec(b"x" * 300)]},
    }
    for (one, fields), (other, more) in combinations(faults.items(), 2):
        if not fields.keys() & more.keys():
            batch = Batch(**{"records": [Rec()], **fields, **more})
            body = produce_body(version, b64(batch))
            yield call("Produce", version, body, f"{one}, {other}")


def of_one_batch(version: int) -> Iterator[Step]:
    """Producer 11 has written its first batch, and 12 is in its second epoch."""
    yield from topic(1, max_message_bytes="200")
    yield from filled(
        Batch(producer_id=11, producer_epoch=0, sequence=0),
        Batch(producer_id=12, producer_epoch=1, sequence=0),
    )
    yield from batches(version)
    yield call("Fetch", 12, fetch_body(12, [at(0)]), "what is there", exact_bytes=False)


def fetch(version: int) -> Table:
    body = fetch_body(version, [at(0)], sessionId=0, sessionEpoch=-1, maxWaitMs=0)
    first = "topics.0.partitions.0."
    place = "topics.0.topicId" if version >= 13 else "topics.0.topic"
    good = {"topicId": "${id}"} if version >= 13 else {"topic": "${topic}"}
    faults: dict[str, dict[str, Json]] = {
        "isolation 5": {"isolationLevel": 5},
        "unknown topic": {place: UNKNOWN_ID if version >= 13 else NOWHERE},
        "no such topic": {place: ZERO_ID if version >= 13 else "a/b"},
        "unknown partition": {f"{first}partition": 7},
        "offset to come": {f"{first}fetchOffset": 99},
        "negative offset": {f"{first}fetchOffset": -1},
        "no room": {f"{first}partitionMaxBytes": 0},
        "less than no room": {"maxBytes": -1},
        "much to wait for": {"minBytes": 1 << 30},
        "partition twice": {"topics.0.partitions": TWICE},
        "a good one too": {"topics": More(good | {"partitions": [at(1, 1), at(1)]})},
        "from a replica": {"replicaState": {"replicaId": 1, "replicaEpoch": -1}}
        if version >= 15
        else {"replicaId": 1},
    }
    if version >= 7:
        faults["unknown session"] = {"sessionId": 5, "sessionEpoch": 1}
        faults["session of no cache"] = {"sessionId": -(1 << 31), "sessionEpoch": 1}
        faults["no session to end"] = {"sessionId": 5}
        faults["forgets"] = {"forgottenTopicsData": [good | {"partitions": [0, 9]}]}
    if version >= 9:
        faults["leader to come"] = {f"{first}currentLeaderEpoch": 9}
    if version >= 12:
        faults["fetched epoch to come"] = {f"{first}lastFetchedEpoch": 5}
        faults["fetched epoch, none"] = {f"{first}lastFetchedEpoch": -5}
    return body, faults


def fetch_in_session(version: int) -> Iterator[Step]:
    """The session stays as it is where its epoch is wrong."""
    body, faults = fetch(version)
    yield from two_topics()
    opening = body | {"sessionEpoch": 0}
    yield call("Fetch", version, opening, "open", capture={"session": "sessionId"})
    wrong: dict[str, dict[str, Json]] = {
        "epoch to come": {"sessionId": "${session}", "sessionEpoch": 9},
        "epoch of old": {"sessionId": "${session}", "sessionEpoch": -3},
    }
    if version in (12, 13):
        yield call(
            "Fetch",
            25 - version,
            fetch(25 - version)[0] | {"sessionId": "${session}", "sessionEpoch": 9},
            "of another form, epoch to come",
        )
    for what, fields in wrong.items():
        for name, fault in faults.items():
            if not fields.keys() & fault.keys():
                both = changed(body, {**fault, **fields})
                yield call("Fetch", version, both, f"{what}, {name}")
    going_on = {"sessionId": "${session}", "topics": []}
    for epoch, name in enumerate(("isolation 5", "forgets", "much to wait for"), 1):
        more = changed(body | going_on | {"sessionEpoch": epoch}, faults[name])
        yield call("Fetch", version, more, f"goes on, {name}")


def list_offsets(version: int) -> Table:
    wanted = {"partitionIndex": 0, "timestamp": -1}
    body = {
        "replicaId": -1,
        "isolationLevel": 0,
        "topics": [{"name": "${topic}", "partitions": [wanted]}],
        "timeoutMs": 1000,
    }
    first = "topics.0.partitions.0."
    faults: dict[str, dict[str, Json]] = {
        "unknown topic": {"topics.0.name": NOWHERE},
        "no such topic": {"topics.0.name": "a/b"},
        "unknown partition": {f"{first}partitionIndex": 7},
        "unknown timestamp": {f"{first}timestamp": -9},
        "timestamp to come": {f"{first}timestamp": IN_2100},
        "partition twice": {"topics.0.partitions": TWICE},
        "topic twice": {"topics": TWICE},
        "a good one too": {"topics.0.partitions": More(wanted | {"partitionIndex": 1})},
        "from a replica": {"replicaId": 1},
        "from a debugger": {"replicaId": -2},
    }
    if version >= 2:
        faults["isolation 5"] = {"isolationLevel": 5}
    if version >= 4:
        faults["leader to come"] = {f"{first}currentLeaderEpoch": 9}
    if version < 7:
        faults["later timestamp"] = {f"{first}timestamp": -3}
    if version >= 10:
        faults["no time"] = {"timeoutMs": 0}
    return body, faults


def epochs(version: int) -> Table:
    wanted = {"partition": 0, "currentLeaderEpoch": -1, "leaderEpoch": 0}
    body = {"replicaId": -1, "topics": [{"topic": "${topic}", "partitions": [wanted]}]}
    first = "topics.0.partitions.0."
    return body, {
        "unknown topic": {"topics.0.topic": NOWHERE},
        "no such topic": {"topics.0.topic": "a/b"},
        "unknown partition": {f"{first}partition": 7},
        "leader to come": {f"{first}currentLeaderEpoch": 9},
        "epoch to come": {f"{first}leaderEpoch": 9},
        "no epoch": {f"{first}leaderEpoch": -1},
        "partition twice": {"topics.0.partitions": TWICE},
        "topic twice": {"topics": TWICE},
        "a good one too": {"topics.0.partitions": More(wanted | {"partition": 1})},
        "from a replica": {"replicaId": 1},
    }


def delete_records(_version: int) -> Table:
    wanted = {"partitionIndex": 0, "offset": 0}
    body = {"topics": [{"name": "${topic}", "partitions": [wanted]}], "timeoutMs": 1000}
    first = "topics.0.partitions.0."
    return body, {
        "no time": {"timeoutMs": 0},
        "unknown topic": {"topics.0.name": NOWHERE},
        "no such topic": {"topics.0.name": "a/b"},
        "internal topic": {"topics.0.name": INTERNAL},
        "unknown partition": {f"{first}partitionIndex": 77},
        "negative partition": {f"{first}partitionIndex": -1},
        "offset to come": {f"{first}offset": 99},
        "negative offset": {f"{first}offset": -5},
        "partition twice": {"topics.0.partitions": TWICE},
        "topic twice": {"topics": TWICE},
        "a good one too": {"topics.0.partitions": More(wanted | {"partitionIndex": 1})},
        "another of it": {"topics.0.partitions": More(wanted | {"offset": 1})},
    }


def describe_producers(_version: int) -> Table:
    return {"topics": [{"name": "${topic}", "partitionIndexes": [0]}]}, {
        "unknown topic": {"topics.0.name": NOWHERE},
        "no such topic": {"topics.0.name": "a/b"},
        "empty topic": {"topics.0.name": ""},
        "unknown partition": {"topics.0.partitionIndexes.0": 7},
        "no partitions": {"topics.0.partitionIndexes": []},
        "partition twice": {"topics.0.partitionIndexes": TWICE},
        "topic twice": {"topics": TWICE},
        "a good one too": {"topics.0.partitionIndexes": More(1)},
    }


READ = call("Fetch", 12, fetch_body(12, [at(0), at(0, 1)]), "what is there", exact_bytes=False)
START = {"partitionIndex": 0, "timestamp": -2}
STARTS = {"replicaId": -1, "topics": [{"name": "${topic}", "partitions": [START]}]}
CHECKS = (
    Checks("Produce", (6, 12, 13), produce, two_topics, (READ,), patience_s=0.5),
    Checks("Fetch", (4, 12, 18), fetch, two_topics),
    Checks("ListOffsets", (1, 11), list_offsets, two_topics),
    Checks("OffsetForLeaderEpoch", (4,), epochs, two_topics),
    Checks(
        "DeleteRecords",
        (2,),
        delete_records,
        two_topics,
        (call("ListOffsets", 7, STARTS, "the start"),),
    ),
    Checks("DescribeProducers", (0,), describe_producers, two_topics),
)
