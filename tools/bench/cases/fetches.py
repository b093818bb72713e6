"""Consumers that fetch little, or the same, or transactions of many segments."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from kbroker.cli.raw_client import RawClient
from tools.bench.cases.requests import asked_in_turns
from tools.bench.cases.throughput import (
    check_messages,
    consume,
    greedy_consumer,
    produce,
    rates,
)
from tools.bench.checks import (
    FETCH_VERSION,
    CheckError,
    check_answer,
    decoded,
    distinct_values,
)
from tools.bench.run import Figures, Run
from tools.topic_requests import produce_request
from wire.api_keys import ApiKey
from wire.headers import encode_request
from wire.messages.fetch import FetchPartition, FetchRequest, FetchTopic
from wire.records.batch import parse_batch

PARTITIONS = 100
RECORDS = 3

SEGMENT_BYTES = 1 << 20  # the least that Kafka allows
PER_TRANSACTION = 400
READERS = 10


@dataclass(frozen=True)
class SmallFetches:
    """So many consumers, each of which asks for few records of each of a hundred partitions."""

    consumers: int

    def __call__(self, run: Run, count: int) -> Figures:
        topic, values = run.new_topic(PARTITIONS), distinct_values(RECORDS, 100)
        with RawClient(run.bootstrap) as client:
            for partition in range(PARTITIONS):
                now_ms = int(time.time() * 1000)
                check_answer(
                    client.ask(produce_request(topic, values, now_ms, partition=partition), 9), 0
                )
        frame = encode_request(_fetch_all(topic), FETCH_VERSION, 1, "raw")
        with run.meter:
            answers, elapsed = asked_in_turns(run.bootstrap, [frame] * self.consumers, count)
        _check(answers)
        return {"fetches/s": len(answers) / elapsed} | run.costs()


def _fetch_all(topic: str) -> FetchRequest:
    partitions = [
        FetchPartition(partition=index, fetch_offset=0, partition_max_bytes=1 << 20)
        for index in range(PARTITIONS)
    ]
    return FetchRequest(
        replica_id=-1, max_wait_ms=500, min_bytes=1, max_bytes=50 << 20, isolation_level=0,
        session_id=0, session_epoch=-1, topics=[FetchTopic(topic=topic, partitions=partitions)],
        forgotten_topics_data=[], rack_id="",
    )  # fmt: skip


def _check(frames: Sequence[bytes]) -> None:
    """All have the same records, of all partitions; the order of partitions may differ."""
    answers = decoded(frames, ApiKey.FETCH, FETCH_VERSION)
    for answer in answers:
        found = {
            partition.partition_index: (partition.error_code, partition.records)
            for topic in answer.responses
            for partition in topic.partitions
        }
        if len(found) != PARTITIONS or any(code or not data for code, data in found.values()):
            raise CheckError(f"a fetch had {len(found)} of {PARTITIONS} partitions, or errors")
        for _, data in found.values():
            if parse_batch(bytes(data)).record_count != RECORDS:
                raise CheckError("a fetch had other records than were produced")


def fan_out(run: Run, count: int) -> Figures:
    """Ten consumers of one partition, all records each."""
    from confluent_kafka import TopicPartition

    topic, values = run.new_topic(), distinct_values(count, 1000)
    produce(run.bootstrap, topic, values)
    consumers = [greedy_consumer(run.bootstrap) for _ in range(READERS)]
    came: list[list[Any]] = [[] for _ in consumers]

    def read(number: int) -> None:
        consumers[number].assign([TopicPartition(topic, 0, 0)])
        came[number] = consume(consumers[number], count)[0]

    with run.meter:
        elapsed = _together([partial(read, number) for number in range(READERS)])
    for consumer, messages in zip(consumers, came, strict=True):
        consumer.close()
        check_messages(messages, values, run.stores)
    return rates(run, count * 1000 * READERS, elapsed)


def _together(calls: Sequence[Callable[[], None]]) -> float:
    threads = [threading.Thread(target=call) for call in calls]
    began = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return time.perf_counter() - began


def read_committed(run: Run, count: int) -> Figures:
    """Committed records of a log with a hundred segments: each fetch has to know the aborted
    transactions of where it reads."""
    from confluent_kafka import Producer, TopicPartition

    topic = run.new_topic(settings={"segment.bytes": str(SEGMENT_BYTES)})
    values = distinct_values(count, 1000)
    producer = Producer(
        {"bootstrap.servers": run.bootstrap, "transactional.id": topic, "log_level": 0}
    )
    producer.init_transactions(30)
    for at in range(0, count, PER_TRANSACTION):
        producer.begin_transaction()
        for value in values[at : at + PER_TRANSACTION]:
            producer.produce(topic, value, partition=0)
        producer.commit_transaction(30)
    consumer = greedy_consumer(run.bootstrap, **{"isolation.level": "read_committed"})
    with run.meter:
        began = time.perf_counter()
        consumer.assign([TopicPartition(topic, 0, 0)])
        messages, _, _ = consume(consumer, count)
        elapsed = time.perf_counter() - began
    consumer.close()
    if [message.value() for message in messages] != values:
        raise CheckError("other records than were committed")
    return rates(run, count * 1000, elapsed)
