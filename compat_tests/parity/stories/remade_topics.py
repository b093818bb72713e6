"""A topic is deleted and made again: what each API says to who knows it by its name or its old id,
while it is gone and when there is another of its name."""

from __future__ import annotations

from collections.abc import Iterator

from compat_tests.parity.batches import TRANSACTIONAL, Batch, Rec, b64
from compat_tests.parity.script import Json, Step, Story, call, receive, send
from compat_tests.parity.stories.common import (
    at,
    fetch_body,
    filled,
    group,
    prepare,
    produce_body,
    topic,
)

DESCRIBED: dict[str, Json] = {"topics": [{"name": "${topic}"}], "allowAutoTopicCreation": False}


def stories() -> Iterator[Story]:
    yield Story("remade-topic-sessions-by-id", list(sessions(13)))
    yield Story("remade-topic-sessions-by-id-v16", list(sessions(16)))
    yield Story("remade-topic-sessions-by-name", list(sessions(12)))
    yield Story("remade-topic-waiting-fetch", list(waiting()))
    yield Story("remade-topic-by-id", list(by_id()))
    yield Story("remade-topic-by-name", list(by_name()))
    yield Story("remade-topic-offsets", list(offsets()))
    yield Story("remade-topic-producers", list(producers()))


def deleted() -> Iterator[Step]:
    yield call("DeleteTopics", 6, {"topics": [{"name": "${topic}"}], "timeoutMs": 5000}, "delete")
    yield call("Metadata", 12, DESCRIBED, "until it is gone", until_code=3)


def made_again(partitions: int = 1) -> Iterator[Step]:
    """`${id}` stays that of the old one; `${newid}` is the new one's."""
    create, _, *ready = topic(partitions)
    yield create
    yield prepare("Metadata", 12, DESCRIBED, "settles", capture={"newid": "topics.0.topicId"})
    yield from ready


def sessions(version: int) -> Iterator[Step]:
    def one(what: str, session: Json, epoch: int, *wanted: dict[str, Json], **more: Json) -> Step:
        capture = more.pop("capture", {})
        body = fetch_body(version, list(wanted), more.pop("name", "${topic}"), maxWaitMs=0)
        body |= {"sessionId": session, "sessionEpoch": epoch} | more
        if not wanted:
            body["topics"] = []
        return call("Fetch", version, body, what, capture=capture)

    yield from topic(2)
    yield from filled(Batch())
    for name, partitions in (("read", [at(0), at(0, 1)]), ("idle", [at(1)]), ("again", [at(0)])):
        yield one(f"open {name}", 0, 0, *partitions, capture={name: "sessionId"})
    yield from deleted()
    yield one("it is gone", "${read}", 1)
    yield one("it is still gone", "${read}", 2)
    yield one("gone, named again", "${again}", 1, at(0))
    yield one("gone, another partition", "${again}", 2, at(0, 1))
    yield one("gone, to a full request", 0, 0, at(0))
    yield from made_again(2)
    yield from filled(Batch([Rec(b"new")]))
    yield one("made again", "${read}", 3)
    yield one("made again, once more", "${read}", 4)
    yield one("made again, named again", "${again}", 3, at(0))
    yield one("made again, a partition that there is not", "${again}", 4, at(0, 7))
    yield one("made again, to who did not look meanwhile", "${idle}", 1)
    yield one("made again, to a full request", 0, 0, at(0))
    if version >= 13:
        yield one("its new id joins", "${read}", 5, at(0), name="${newid}")
        forgotten = [{"topicId": "${id}", "partitions": [0, 1]}]
        yield one("its old id goes", "${read}", 6, forgottenTopicsData=forgotten)
    yield from deleted()
    yield one("gone a second time", "${again}", 5)


def waiting() -> Iterator[Step]:
    yield from topic(1)
    body = fetch_body(13, [at(0)], maxWaitMs=4000)
    yield send("Fetch", 13, body, connection="waits")
    yield from deleted()
    yield receive("Fetch", 13, "waits", "the waiting fetch", takes_s=(0, 3))


def by_id() -> Iterator[Step]:
    def asked(what: str) -> Iterator[Step]:
        yield call("Produce", 13, produce_body(13, b64(Batch())), f"{what}: produce")
        yield call("Metadata", 12, {"topics": [{"name": None, "topicId": "${id}"}]}, what)
        delete = {"topics": [{"name": None, "topicId": "${id}"}], "timeoutMs": 5000}
        yield call("DeleteTopics", 6, delete, f"{what}: delete")
        yield call("OffsetCommit", 10, commit({"topicId": "${id}"}), f"{what}: commit")
        yield call("OffsetFetch", 10, committed({"topicId": "${id}"}), f"{what}: offsets")

    yield from topic(1)
    yield from group()
    yield call("OffsetCommit", 10, commit({"topicId": "${id}"}), "commit")
    yield from deleted()
    yield from asked("gone")
    yield from made_again()
    yield from asked("made again")
    yield call("OffsetFetch", 10, committed({"topicId": "${newid}"}), "offsets of the new id")


def commit(which: dict[str, Json]) -> dict[str, Json]:
    wanted = [{"partitionIndex": 0, "committedOffset": 5, "committedMetadata": ""}]
    return {
        "groupId": "${group}",
        "generationIdOrMemberEpoch": -1,
        "memberId": "",
        "topics": [which | {"partitions": wanted}],
    }


def committed(which: dict[str, Json]) -> dict[str, Json]:
    return {"groups": [{"groupId": "${group}", "topics": [which | {"partitionIndexes": [0]}]}]}


def by_name() -> Iterator[Step]:
    def asked(what: str) -> Iterator[Step]:
        look: Json = {"partitionIndex": 0, "timestamp": -1, "currentLeaderEpoch": 0}
        body = {"replicaId": -1, "topics": [{"name": "${topic}", "partitions": [look]}]}
        yield call("ListOffsets", 7, body, f"{what}: end")
        epoch = {"partition": 0, "currentLeaderEpoch": 0, "leaderEpoch": 0}
        body = {"replicaId": -1, "topics": [{"topic": "${topic}", "partitions": [epoch]}]}
        yield call("OffsetForLeaderEpoch", 4, body, f"{what}: epoch")
        wanted = [{"partitionIndex": 0, "offset": 1}]
        body = {"topics": [{"name": "${topic}", "partitions": wanted}], "timeoutMs": 5000}
        yield call("DeleteRecords", 2, body, f"{what}: delete records")
        producers = {"topics": [{"name": "${topic}", "partitionIndexes": [0]}]}
        yield call("DescribeProducers", 0, producers, f"{what}: producers")
        resource = {"resourceType": 2, "resourceName": "${topic}"}
        keys = {"configurationKeys": ["retention.ms"]}
        yield call("DescribeConfigs", 4, {"resources": [resource | keys]}, f"{what}: settings")
        setting = {"name": "segment.ms", "configOperation": 0, "value": "70000"}
        body = {"resources": [resource | {"configs": [setting]}], "validateOnly": True}
        yield call("IncrementalAlterConfigs", 1, body, f"{what}: alter")
        grown = {"name": "${topic}", "count": 3, "assignments": None}
        body = {"topics": [grown], "timeoutMs": 5000, "validateOnly": True}
        yield call("CreatePartitions", 3, body, f"{what}: grow")

    yield from topic(2, retention_ms="700000")
    yield from filled(Batch(producer_id=900, producer_epoch=0, sequence=0), Batch())
    yield from asked("there")
    yield from deleted()
    yield from asked("gone")
    yield from made_again()
    yield from asked("made again")


def offsets() -> Iterator[Step]:
    """What a group committed goes with the topic."""
    name = {"name": "${topic}"}
    yield from topic(1)
    yield from group()
    yield call("OffsetCommit", 8, commit(name), "commit")
    yield from deleted()
    read = {"groups": [{"groupId": "${group}", "topics": None}]}
    yield call("OffsetFetch", 8, read, "until it is gone", until_value=("groups.0.topics", []))
    yield call("OffsetCommit", 8, commit(name), "commit, gone")
    drop = [{"partitionIndex": 0}]
    drop_body = {"groupId": "${group}", "topics": [name | {"partitions": drop}]}
    yield call("OffsetDelete", 0, drop_body, "delete offsets, gone")
    yield from made_again()
    yield call("OffsetFetch", 8, committed(name), "made again")
    yield call("OffsetCommit", 8, commit(name), "commit to the new one")
    yield call("OffsetFetch", 8, committed(name), "of the new one")


def producers() -> Iterator[Step]:
    """Producers begin anew in it; a transaction that wrote to the old one ends."""
    producer = {"transactionalId": None, "transactionTimeoutMs": 60000}
    yield from topic(1)
    yield call("InitProducerId", 4, producer, "id", capture={"pid": "producerId"}, until_code=0)

    def put(what: str, sequence: int) -> Step:
        batch = Batch(producer_id="${pid}", producer_epoch=0, sequence=sequence)
        return call("Produce", 9, produce_body(9, batch), what)

    yield put("first", 0)
    yield put("second", 1)
    yield from deleted()
    yield put("gone", 2)
    yield from made_again()
    yield put("goes on in the new one", 2)
    yield put("a duplicate of none", 1)
    transactional = producer | {"transactionalId": "${run}-x"}
    found = prepare("FindCoordinator", 4, {"keyType": 1, "coordinatorKeys": ["${run}-x"]})
    yield found
    initial = {"producerId": -1, "producerEpoch": -1}
    capture = {"txn": "producerId"}
    yield prepare("InitProducerId", 4, transactional | initial, capture=capture)
    own = {"transactionalId": "${run}-x", "producerId": "${txn}", "producerEpoch": 0}
    named = [{"name": "${topic}", "partitions": [0]}]
    add = {f"v3AndBelow{key[0].upper()}{key[1:]}": value for key, value in own.items()}
    yield call("AddPartitionsToTxn", 3, add | {"v3AndBelowTopics": named}, "add")
    batch = Batch(producer_id="${txn}", producer_epoch=0, sequence=0, attributes=TRANSACTIONAL)
    body = produce_body(9, batch) | {"transactionalId": "${run}-x"}
    yield call("Produce", 9, body, "in a transaction")
    yield from deleted()
    yield from made_again()
    yield call("Produce", 9, body, "in a transaction, to the new one")
    yield call("EndTxn", 3, own | {"committed": True}, "commit")
    yield call("Fetch", 12, fetch_body(12, [at(0)], isolationLevel=1), "what is there")
