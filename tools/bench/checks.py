"""Whether a broker did what it was measured at: the figure of wrong answers is worthless.

What would change a figure is checked after the measurement: answers are kept as bytes and decoded
then, and the records of the topic are read once more and compared one by one.
"""

from __future__ import annotations

import random
import time
from collections.abc import Iterable, Iterator, Sequence
from itertools import cycle, islice
from typing import Any

from kbroker.cli.raw_client import RawClient
from wire.api_keys import ApiKey
from wire.errors import MalformedRequest
from wire.headers import decode_response
from wire.messages.fetch import FetchPartition, FetchRequest, FetchTopic
from wire.records.batch import parse_batch

RECORDS_AT_ONCE = 10_000
PATIENCE_S = 10
FETCH_VERSION = 11  # the last that names topics by name in every broker of the comparison
# So few that they stay in a processor's cache; a prime number, so that a batch that is lost or
# repeated shows.
DIFFERENT_VALUES = 127


class CheckError(Exception):
    """A broker answered what it should not have."""


def distinct_values(count: int, size: int, *, compressible: bool = False) -> list[bytes]:
    """The same values in each run, ``DIFFERENT_VALUES`` of them in turn. What is compressible takes
    about half its size, as logs of text do."""
    chance = random.Random(size)
    values = [
        chance.randbytes(size // 2).hex().encode() if compressible else chance.randbytes(size)
        for _ in range(DIFFERENT_VALUES)
    ]
    return list(islice(cycle(values), count))


def check_answers(
    frames: Iterable[bytes], version: int, base_offsets: Sequence[int | None]
) -> None:
    """The answers to Produce requests, one for each offset. None stands for any offset."""
    answers = decoded(frames, ApiKey.PRODUCE, version)
    if len(answers) != len(base_offsets):
        raise CheckError(f"{len(answers)} answers to {len(base_offsets)} requests")
    for answer, offset in zip(answers, base_offsets, strict=True):
        check_answer(answer, offset)


def decoded(frames: Iterable[bytes], api: ApiKey, version: int) -> list[Any]:
    try:
        return [decode_response(frame, api, version) for frame in frames]
    except MalformedRequest as error:
        raise CheckError(f"an answer cannot be decoded: {error}") from None


def check_answer(answer: Any, base_offset: int | None) -> None:
    """The answer to a Produce request with records for one partition."""
    (topic,) = answer.responses
    (partition,) = topic.partition_responses
    if partition.error_code:
        raise CheckError(f"a Produce request was answered with error {partition.error_code}")
    if base_offset is not None and partition.base_offset != base_offset:
        raise CheckError(f"records got offset {partition.base_offset} instead of {base_offset}")


def split_frames(stream: bytes) -> Iterator[bytes]:
    """The frames of a stream without their lengths; the last may be cut off."""
    position = 0
    while position < len(stream):
        end = position + 4 + int.from_bytes(stream[position : position + 4], "big")
        yield stream[position + 4 : end]
        position = end


def check_contents(
    bootstrap: str, topic: str, expected: Sequence[Sequence[bytes]], *, markers: bool = False
) -> None:
    """Reads each partition of a topic: the values are these, committed, and there are no more.
    ``markers``: after each record is that of its transaction."""
    from confluent_kafka import Consumer, TopicPartition

    consumer = Consumer(
        {"bootstrap.servers": bootstrap, "group.id": "bench", "enable.auto.commit": False,
         "isolation.level": "read_committed", "check.crcs": True, "log_level": 0}
    )  # fmt: skip
    try:
        for index, values in enumerate(expected):
            partition = TopicPartition(topic, index, 0)
            consumer.assign([partition])
            end = check_records(consumer, values, 2 if markers else 1)
            _, found = consumer.get_watermark_offsets(partition, PATIENCE_S)
            if found > end:
                raise CheckError(f"{topic}-{index} ends at offset {found} instead of {end}")
    finally:
        consumer.close()


def check_compression(bootstrap: str, topic: str, codec: int) -> None:
    """The first batch of partition 0 is compressed so."""
    partition = FetchPartition(partition=0, fetch_offset=0, partition_max_bytes=1 << 20)
    request = FetchRequest(
        max_wait_ms=500, min_bytes=1, topics=[FetchTopic(topic=topic, partitions=[partition])]
    )
    with RawClient(bootstrap) as client:
        answer = client.ask(request, FETCH_VERSION)
    found = parse_batch(bytes(answer.responses[0].partitions[0].records)).compression
    if found != codec:
        raise CheckError(f"{topic} is compressed with codec {found} instead of {codec}")


def consume(consumer: Any, count: int, patience_s: float) -> list[Any]:
    """Records, at most so many; none when none came within the patience. What the client tells of
    other requests (a coordinator that is not there) is no record."""
    deadline = time.monotonic() + patience_s
    while came := consumer.consume(count, max(deadline - time.monotonic(), 0)):
        if records := [each for each in came if each.error() is None]:
            return records
    return []


def check_records(consumer: Any, values: Sequence[bytes], distance: int) -> int:
    """Consumes as many records as there are values, and compares them. Offsets rise by a distance
    from 0. The end offset."""
    done = 0
    while done < len(values):
        messages = consume(consumer, min(len(values) - done, RECORDS_AT_ONCE), PATIENCE_S)
        if not messages:
            raise CheckError(f"{len(values) - done} of {len(values)} records are missing")
        for message in messages:
            if message.offset() != done * distance:
                raise CheckError(f"offset {message.offset()} instead of {done * distance}")
            if message.value() != values[done]:
                raise CheckError(f"another value than was produced, at offset {message.offset()}")
            done += 1
    return done * distance
