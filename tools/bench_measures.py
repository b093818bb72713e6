"""What the benchmarks measure: functions from a bootstrap address to figures by name.

Client and broker share one machine, so a figure says as much about the client as about the broker;
that is why the floor (tools/floor_broker.py) stands beside each.
"""

from __future__ import annotations

import asyncio
import socket
import statistics
import threading
import time
import uuid
from collections.abc import Callable
from typing import Any

from kbroker.cli.raw_client import RawClient
from tools.topic_requests import create_topic, produce_request
from wire.headers import encode_request

Figures = dict[str, float]


def produce_1k(bootstrap: str) -> Figures:
    return {"produce 1 kB MB/s": _produce(bootstrap, 150_000, 1000) / 1000}


def produce_100b(bootstrap: str) -> Figures:
    return {"produce 100 B krecords/s": _produce(bootstrap, 1_000_000, 100) / 1000}


def _produce(bootstrap: str, count: int, size: int, topic: str | None = None) -> float:
    """Records per second through confluent-kafka, first to last acknowledgement."""
    from confluent_kafka import Producer

    topic = topic or _new_topic(bootstrap)
    failures: list[Any] = []
    producer = Producer(
        {"bootstrap.servers": bootstrap, "linger.ms": 5, "acks": 1, "log_level": 0,
         "queue.buffering.max.messages": 500_000}
    )  # fmt: skip
    value = b"x" * size

    def delivered(error: Any, _message: Any) -> None:
        if error is not None:
            failures.append(error)

    began = time.perf_counter()
    for _ in range(count):
        while True:
            try:
                producer.produce(topic, value, on_delivery=delivered)
                break
            except BufferError:
                producer.poll(0.01)
        producer.poll(0)
    producer.flush(60)
    elapsed = time.perf_counter() - began
    if failures:
        raise RuntimeError(f"{len(failures)} records failed: {failures[0]}")
    return count / elapsed


def consume_1k(bootstrap: str) -> Figures:
    from confluent_kafka import Consumer, TopicPartition

    count, topic = 300_000, _new_topic(bootstrap)
    _produce(bootstrap, count, 1000, topic)
    consumer = Consumer(
        {"bootstrap.servers": bootstrap, "group.id": "bench", "enable.auto.commit": False,
         "auto.offset.reset": "earliest", "log_level": 0, "queued.min.messages": 1_000_000,
         "fetch.message.max.bytes": 10_000_000, "check.crcs": False}
    )  # fmt: skip
    consumer.assign([TopicPartition(topic, 0, 0)])
    seen, began = 0, 0.0
    first = 0
    while seen < count:
        messages = consumer.consume(10_000, 10)
        if not began:
            began, first = time.perf_counter(), len(messages)
        seen += len(messages)
    elapsed = time.perf_counter() - began
    consumer.close()
    return {"consume 1 kB MB/s": (count - first) / elapsed / 1000}


def single_record_requests(bootstrap: str) -> Figures:
    """Produce requests of one record, sent without waiting for the answers of earlier ones."""
    client, topic, count = RawClient(bootstrap), _new_topic(bootstrap), 20_000
    request = produce_request(topic, [b"x" * 100], int(time.time() * 1000))
    frame = encode_request(request, 9, 1, "raw")
    client.ask(request, 9)
    window = 100
    burst = frame * window

    def send() -> None:
        for _ in range(count // window):
            client.socket.sendall(burst)

    began = time.perf_counter()
    sender = threading.Thread(target=send)
    sender.start()
    answer_size = len(client.read_frame()) + 4
    rest = (count - 1) * answer_size
    while rest:
        rest -= len(client.socket.recv(min(rest, 1 << 20)))
    elapsed = time.perf_counter() - began
    sender.join()
    client.close()
    return {"single-record requests/s": count / elapsed}


def sequential_produce(bootstrap: str) -> Figures:
    client, topic = RawClient(bootstrap), _new_topic(bootstrap)
    frame = encode_request(produce_request(topic, [b"x" * 100], int(time.time() * 1000)), 9, 1, "r")
    times = []
    for _ in range(3000):
        began = time.perf_counter()
        client.socket.sendall(frame)
        client.read_frame()
        times.append(time.perf_counter() - began)
    client.close()
    return {"sequential produce p50 µs": statistics.median(times[500:]) * 1e6}


def end_to_end(bootstrap: str) -> Figures:
    """From produce() to the consumer's hands, at 1,000 records a second."""
    from confluent_kafka import Consumer, Producer, TopicPartition

    topic, count = _new_topic(bootstrap), 3000
    consumer = Consumer(
        {"bootstrap.servers": bootstrap, "group.id": "bench", "log_level": 0,
         "enable.auto.commit": False, "fetch.wait.max.ms": 500}
    )  # fmt: skip
    consumer.assign([TopicPartition(topic, 0, 0)])
    times: list[float] = []

    def consume() -> None:
        while len(times) < count:
            message = consumer.poll(10)
            if message is not None and message.error() is None:
                times.append(time.perf_counter() - float(message.value() or b""))

    consuming = threading.Thread(target=consume)
    consuming.start()
    producer = Producer({"bootstrap.servers": bootstrap, "linger.ms": 0, "acks": 1, "log_level": 0})
    due = time.perf_counter()
    for _ in range(count):
        due += 0.001
        while (now := time.perf_counter()) < due:
            time.sleep(max(0.0, due - now - 0.0001))
        producer.produce(topic, repr(time.perf_counter()).encode())
        producer.poll(0)
    producer.flush(10)
    consuming.join()
    consumer.close()
    return {"end to end p50 ms": statistics.median(times[500:]) * 1000}


def transactions(bootstrap: str) -> Figures:
    """A record in each of four partitions, committed, and on to the next: with three clients, as
    librdkafka rests for a millisecond in each transaction, whatever the broker does."""
    return {
        "transactions/s, confluent-kafka": _confluent_transactions(bootstrap, 300),
        "transactions/s, kafka-python": _kafka_python_transactions(bootstrap, 200),
        "transactions/s, aiokafka": asyncio.run(_aiokafka_transactions(bootstrap, 300)),
    }


_WARM_UP = 20


def _confluent_transactions(bootstrap: str, count: int) -> float:
    from confluent_kafka import Producer

    topic = _new_topic(bootstrap, partitions=4)
    producer = Producer(
        {"bootstrap.servers": bootstrap, "transactional.id": topic, "linger.ms": 0, "log_level": 0}
    )
    producer.init_transactions(30)

    def transaction() -> None:
        producer.begin_transaction()
        for partition in range(4):
            producer.produce(topic, b"x" * 100, partition=partition)
        producer.commit_transaction(30)

    return _rate(transaction, count)


def _kafka_python_transactions(bootstrap: str, count: int) -> float:
    from kafka import KafkaProducer

    topic = _new_topic(bootstrap, partitions=4)
    producer = KafkaProducer(bootstrap_servers=bootstrap, transactional_id=topic, linger_ms=0)
    producer.init_transactions()

    def transaction() -> None:
        producer.begin_transaction()
        for partition in range(4):
            producer.send(topic, b"x" * 100, partition=partition)
        producer.commit_transaction()

    try:
        return _rate(transaction, count)
    finally:
        producer.close()


def _rate(transaction: Callable[[], None], count: int) -> float:
    """A second, once it is warm."""
    for _ in range(_WARM_UP):
        transaction()
    began = time.perf_counter()
    for _ in range(count):
        transaction()
    return count / (time.perf_counter() - began)


async def _aiokafka_transactions(bootstrap: str, count: int) -> float:
    from aiokafka import AIOKafkaProducer

    topic = _new_topic(bootstrap, partitions=4)
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap, transactional_id=topic, linger_ms=0)
    await producer.start()
    began = 0.0
    for number in range(_WARM_UP + count):
        if number == _WARM_UP:
            began = time.perf_counter()
        await producer.begin_transaction()
        for partition in range(4):
            await producer.send(topic, b"x" * 100, partition=partition)
        await producer.commit_transaction()
    elapsed = time.perf_counter() - began
    await producer.stop()
    return count / elapsed


def _new_topic(bootstrap: str, partitions: int = 1) -> str:
    name = f"bench-{uuid.uuid4().hex[:8]}"
    client = RawClient(bootstrap)
    try:
        create_topic(client, name, partitions)
    except (OSError, ConnectionError):
        pass  # the floor has every topic
    finally:
        client.close()
    return name


def idle_connections(bootstrap: str, count: int) -> list[socket.socket]:
    """Connections that said hello once, and then nothing."""
    from wire.messages.api_versions import ApiVersionsRequest

    hello = ApiVersionsRequest(client_software_name="bench", client_software_version="1")
    clients = [RawClient(bootstrap) for _ in range(count)]
    for client in clients:
        client.ask(hello, 3)
    return [client.socket for client in clients]


def _by_all(_name: str) -> bool:
    return True


def _but_the_floor(name: str) -> bool:
    return name != "floor"  # it stores nothing


MEASURES = {
    "produce-1k": (produce_1k, _by_all),
    "consume-1k": (consume_1k, _by_all),
    "produce-100b": (produce_100b, _by_all),
    "requests": (single_record_requests, _by_all),
    "sequential": (sequential_produce, _by_all),
    "end-to-end": (end_to_end, _but_the_floor),
    "transactions": (transactions, _but_the_floor),
}
