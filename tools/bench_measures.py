"""What the benchmark measures: cases, and the figure of each.

Client and broker share one machine, so a figure says as much about the client as about the broker;
that is why the floor (tools/floor_broker.py) stands beside each.
"""

from __future__ import annotations

import socket
import statistics
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from kbroker.cli.raw_client import LENGTH_SIZE, RawClient
from tools import bench_transactions
from tools.bench_checks import (
    RECORDS_AT_ONCE,
    CheckError,
    check_answers,
    check_contents,
    distinct_values,
    split_frames,
)
from tools.bench_run import Run
from tools.topic_requests import produce_request
from wire.headers import encode_request
from wire.messages.api_versions import ApiVersionsRequest

SINGLE_VALUE = b"x" * 100
SINGLE_VERSION = 9
REQUESTS_AT_ONCE = 100


def produce_1k(run: Run, count: int) -> float:
    return _measured_produce(run, count, 1000) / 1000


def produce_100b(run: Run, count: int) -> float:
    return _measured_produce(run, count, 100) / 1000


def _measured_produce(run: Run, count: int, size: int) -> float:
    topic, values = run.new_topic(), distinct_values(count, size)
    with run.meter:
        rate = _produce(run.bootstrap, topic, values)
    if run.stores:
        check_contents(run.bootstrap, topic, [values])
    return rate


def _produce(bootstrap: str, topic: str, values: Sequence[bytes]) -> float:
    """Records per second through confluent-kafka, first to last acknowledgement."""
    from confluent_kafka import Producer

    failures: list[Any] = []
    producer = Producer(
        {"bootstrap.servers": bootstrap, "linger.ms": 5, "acks": 1, "log_level": 0,
         "queue.buffering.max.messages": 500_000}
    )  # fmt: skip

    def delivered(error: Any, _message: Any) -> None:
        if error is not None:
            failures.append(error)

    began = time.perf_counter()
    for value in values:
        while True:
            try:
                producer.produce(topic, value, on_delivery=delivered)
                break
            except BufferError:
                producer.poll(0.01)
        producer.poll(0)
    unanswered = producer.flush(60)
    elapsed = time.perf_counter() - began
    if failures or unanswered:
        raise CheckError(f"{len(failures)} records failed {failures[:1]}, {unanswered} in flight")
    return len(values) / elapsed


def consume_1k(run: Run, count: int) -> float:
    from confluent_kafka import Consumer, TopicPartition

    topic, values = run.new_topic(), distinct_values(count, 1000)
    _produce(run.bootstrap, topic, values)
    consumer = Consumer(
        {"bootstrap.servers": run.bootstrap, "group.id": "bench", "enable.auto.commit": False,
         "auto.offset.reset": "earliest", "log_level": 0, "queued.min.messages": 1_000_000,
         "fetch.message.max.bytes": 10_000_000, "check.crcs": False}
    )  # fmt: skip
    with run.meter:
        consumer.assign([TopicPartition(topic, 0, 0)])
        rate = _consume(consumer, count)
    consumer.close()
    if run.stores:
        check_contents(run.bootstrap, topic, [values])
    return rate / 1000


def _consume(consumer: Any, count: int) -> float:
    """Records per second, from the first that have come; only the outermost offsets of those that
    come together are looked at meanwhile."""
    seen = first = 0
    began = 0.0
    while seen < count:
        messages = consumer.consume(RECORDS_AT_ONCE, 10)
        if not began:
            began, first = time.perf_counter(), len(messages)
        offsets = [message.offset() for message in (*messages[:1], *messages[-1:])]
        if offsets != [seen, seen + len(messages) - 1]:
            raise CheckError(f"consumed {len(messages)} records with {offsets} after {seen}")
        seen += len(messages)
    return (count - first) / (time.perf_counter() - began)


def single_record_requests(run: Run, count: int) -> float:
    """Produce requests of one record, sent without waiting for the answers of earlier ones."""
    client, topic = RawClient(run.bootstrap), run.new_topic()
    burst = _single_record(topic) * REQUESTS_AT_ONCE
    client.send_bytes(_single_record(topic))
    answers = [client.read_frame()]

    def send() -> None:
        for _ in range(count // REQUESTS_AT_ONCE):
            client.socket.sendall(burst)

    sender = threading.Thread(target=send)
    with run.meter:
        began = time.perf_counter()
        sender.start()
        answers.append(client.read_frame())
        parts = _received(client.socket, (count - 1) * (LENGTH_SIZE + len(answers[-1])))
        elapsed = time.perf_counter() - began
    sender.join()
    client.close()
    _check_single_records(run, topic, [*answers, *split_frames(b"".join(parts))], count + 1)
    return count / elapsed


def _received(sock: socket.socket, size: int) -> list[bytes]:
    parts = []
    while size and (part := sock.recv(min(size, 1 << 20))):
        parts.append(part)
        size -= len(part)
    return parts


def sequential_produce(run: Run, count: int) -> float:
    """The median in µs, once it is warm."""
    client, topic = RawClient(run.bootstrap), run.new_topic()
    frame = _single_record(topic)
    times, answers = [], []
    with run.meter:
        for _ in range(count):
            began = time.perf_counter()
            client.socket.sendall(frame)
            answer = client.read_frame()
            times.append(time.perf_counter() - began)
            answers.append(answer)
    client.close()
    _check_single_records(run, topic, answers, count)
    return statistics.median(times[count // 6 :]) * 1e6


def _single_record(topic: str) -> bytes:
    request = produce_request(topic, [SINGLE_VALUE], int(time.time() * 1000))
    return encode_request(request, SINGLE_VERSION, 1, "raw")


def _check_single_records(run: Run, topic: str, answers: list[bytes], count: int) -> None:
    check_answers(answers, SINGLE_VERSION, range(count) if run.stores else [None] * count)
    if run.stores:
        check_contents(run.bootstrap, topic, [[SINGLE_VALUE] * count])


def end_to_end(run: Run, count: int) -> float:
    """From produce() to the consumer's hands, at 1,000 records a second: the median in ms."""
    from confluent_kafka import Consumer, Producer, TopicPartition

    topic = run.new_topic()
    consumer = Consumer(
        {"bootstrap.servers": run.bootstrap, "group.id": "bench", "log_level": 0,
         "enable.auto.commit": False, "fetch.wait.max.ms": 500}
    )  # fmt: skip
    consumer.assign([TopicPartition(topic, 0, 0)])
    producer = Producer(
        {"bootstrap.servers": run.bootstrap, "linger.ms": 0, "acks": 1, "log_level": 0}
    )
    sent: list[bytes] = []
    received: list[tuple[float, bytes | None]] = []

    def consume() -> None:
        while len(received) < count and (message := consumer.poll(10)) is not None:
            if message.error() is None:
                received.append((time.perf_counter(), message.value()))

    consuming = threading.Thread(target=consume)
    with run.meter:
        consuming.start()
        due = time.perf_counter()
        for _ in range(count):
            due += 0.001
            while (now := time.perf_counter()) < due:
                time.sleep(max(0.0, due - now - 0.0001))
            sent.append(repr(time.perf_counter()).encode())
            producer.produce(topic, sent[-1])
            producer.poll(0)
        producer.flush(10)
        consuming.join()
    consumer.close()
    if [value for _, value in received] != sent:
        raise CheckError(f"{len(received)} of {count} records came, or others than were produced")
    times = [came - float(value) for came, value in received[count // 6 :] if value]
    return statistics.median(times) * 1000


def idle_connections(bootstrap: str, count: int) -> list[socket.socket]:
    """Connections that said hello once, and then nothing."""
    hello = ApiVersionsRequest(client_software_name="bench", client_software_version="1")
    clients = [RawClient(bootstrap) for _ in range(count)]
    for client in clients:
        client.ask(hello, 3)
    return [client.socket for client in clients]


class Case(NamedTuple):
    figure: str
    measure: Callable[[Run, int], float]
    amount: int  # of records, requests or transactions


CASES = {
    "produce-1k": Case("produce 1 kB MB/s", produce_1k, 150_000),
    "consume-1k": Case("consume 1 kB MB/s", consume_1k, 300_000),
    "produce-100b": Case("produce 100 B krecords/s", produce_100b, 1_000_000),
    "requests": Case("single-record requests/s", single_record_requests, 20_000),
    "sequential": Case("sequential produce p50 µs", sequential_produce, 3000),
    "end-to-end": Case("end to end p50 ms", end_to_end, 3000),
    "transactions-confluent": Case(
        "transactions/s, confluent-kafka", bench_transactions.confluent, 300
    ),
    "transactions-kafka-python": Case(
        "transactions/s, kafka-python", bench_transactions.kafka_python, 200
    ),
    "transactions-aiokafka": Case("transactions/s, aiokafka", bench_transactions.aiokafka, 300),
}
# What is not checked of brokers that store nothing, in the cases that they can play at all.
STORES_NOTHING = {
    "floor": {
        "produce-1k": "the values",
        "consume-1k": "the values",
        "produce-100b": "the values",
        "requests": "the offsets and values",
        "sequential": "the offsets and values",
    }
}
