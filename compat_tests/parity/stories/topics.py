"""What a topic's settings do to batches, and what becomes of a topic that is made again."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from compat_tests.parity.batches import NOW, Batch, Rec, b64
from compat_tests.parity.script import Json, Step, Story, call
from compat_tests.parity.stories.common import at, fetch_body, group, produce_body, topic

CODECS = ("none", "gzip", "snappy", "lz4", "zstd")


def stories() -> Iterator[Story]:
    yield Story("topic-log-append-time", list(log_append_time()))
    yield Story("topic-timestamp-limits", list(timestamp_limits()))
    yield Story("topic-message-limits", list(message_limits()))
    for codec in (*CODECS[1:], "uncompressed"):
        yield Story(f"topic-codec-{codec}", list(recompression(codec)))
    yield Story("topic-made-again", list(made_again()))
    yield Story("topic-deleted-with-offsets", list(deleted_with_offsets()))


def put(what: str, batch: Batch, version: int = 9) -> Step:
    return call("Produce", version, produce_body(version, b64(batch)), what)


def read_back(**more: bool) -> Step:
    return call("Fetch", 12, fetch_body(12, [at(0)]), "what is there", **more)


def log_append_time() -> Iterator[Step]:
    yield from topic(1, message_timestamp_type="LogAppendTime")
    for codec in CODECS:
        batch = Batch([Rec(), Rec(timestamp_delta=7)], codec=codec)
        yield put(f"{codec}", batch)
    yield put("far future", Batch(base_timestamp=4_102_444_800_000))
    wanted = [{"partitionIndex": 0, "timestamp": time} for time in (-3,)]
    body = {"replicaId": -1, "topics": [{"name": "${topic}", "partitions": wanted}]}
    yield call("ListOffsets", 7, body, "the greatest timestamp")
    yield read_back(exact_bytes=False)


def timestamp_limits() -> Iterator[Step]:
    limits = {"message_timestamp_before_max_ms": "86400000"}
    yield from topic(1, message_timestamp_after_max_ms="1000", **limits)
    for codec in ("none", "gzip"):
        old = Batch([Rec(), Rec()], base_timestamp=1_600_000_000_000, codec=codec)
        yield put(f"old, {codec}", old)
        yield put(f"of today, {codec}", Batch([Rec(), Rec()], codec=codec))
        future = Batch([Rec()], base_timestamp=4_102_444_800_000, codec=codec)
        yield put(f"to come, {codec}", future)
    yield put("without a time", Batch(base_timestamp=-1))
    yield read_back()


def message_limits() -> Iterator[Step]:
    yield from topic(1, max_message_bytes="200")
    for size in (100, 131, 132, 133, 200):
        yield put(f"value of {size}", Batch([Rec(b"x" * size)]))
    yield put("shrinks to fit", Batch([Rec(b"x" * 1000)], codec="gzip"))
    yield read_back(exact_bytes=False)


def recompression(codec: str) -> Iterator[Step]:
    """Base offsets, sequences and timestamps must outlive the new packing."""
    yield from topic(1, compression_type=codec)
    for number, sent in enumerate(CODECS):
        records = [Rec(key=b"k", headers=[(b"h", None)]), Rec(timestamp_delta=3), Rec(None)]
        producer: dict[str, Any] = {"producer_id": 900, "producer_epoch": 0, "sequence": number * 3}
        yield put(f"sent as {sent}", Batch(records, codec=sent, **producer))
    yield put("duplicate", Batch([Rec()] * 3, producer_id=900, producer_epoch=0, sequence=12))
    yield put("offset deltas", Batch([Rec(offset_delta=0), Rec(offset_delta=2)]))
    yield put("base offset", Batch(base_offset=7))
    yield put("wrong maximum", Batch([Rec()], max_timestamp=NOW + 9))
    yield read_back(exact_bytes=False)


def made_again() -> Iterator[Step]:
    """Requests with the old id do not reach the new topic."""
    yield from topic(1)
    yield put("old", Batch())
    body = fetch_body(13, [at(0)], maxWaitMs=0) | {"sessionId": 0, "sessionEpoch": 0}
    yield call("Fetch", 13, body, "open a session", capture={"session": "sessionId"})
    delete: dict[str, Json] = {"topics": [{"name": "${topic}"}], "timeoutMs": 5000}
    yield call("DeleteTopics", 6, delete, "delete")
    yield call("Metadata", 12, described(), "until it is gone", until_code=3)
    more = {"sessionId": "${session}", "sessionEpoch": 1, "topics": []}
    yield call("Fetch", 13, body | more, "the session, without it")
    yield call("Produce", 13, produce_body(13, b64(Batch())), "produce to the old id")
    create, *settle = topic(1)
    yield create
    yield call(
        "Metadata", 12, described(), "until it is back", until_value=("topics.0.errorCode", 0)
    )
    yield call("Fetch", 13, fetch_body(13, [at(0)], maxWaitMs=0), "fetch from the old id")
    yield call("Produce", 13, produce_body(13, b64(Batch())), "produce to the old id again")
    yield call("Metadata", 12, {"topics": [{"name": None, "topicId": "${id}"}]}, "the old id")
    yield from settle[1:]
    yield put("new", Batch())
    yield read_back()


def described() -> dict[str, Json]:
    return {"topics": [{"name": "${topic}"}], "allowAutoTopicCreation": False}


def deleted_with_offsets() -> Iterator[Step]:
    """The group's offsets go with the topic."""
    yield from topic(1)
    yield from group()
    wanted = [{"partitionIndex": 0, "committedOffset": 5, "committedMetadata": ""}]
    body: dict[str, Json] = {"groupId": "${group}", "generationIdOrMemberEpoch": -1, "memberId": ""}
    topics = {"topics": [{"name": "${topic}", "partitions": wanted}]}
    yield call("OffsetCommit", 8, body | topics, "commit")
    delete: dict[str, Json] = {"topics": [{"name": "${topic}"}], "timeoutMs": 5000}
    yield call("DeleteTopics", 6, delete, "delete")
    read = {"groups": [{"groupId": "${group}", "topics": None}]}
    yield call("OffsetFetch", 8, read, "until they are gone", until_value=("groups.0.topics", []))
