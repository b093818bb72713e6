"""The load of the crash loop: producers of several kinds and a group, noting what they are told.

Everything that a client is told goes to the one list of events at once, in this process, which is
not the one that is killed.
"""

from __future__ import annotations

import logging
import random
import threading
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any, Protocol

from confluent_kafka import Consumer, KafkaException, Message, Producer, TopicPartition

from tools.crash_check import Acknowledged, Committed, Event, Failed, Partition, Read, RecordId

GROUP = "crash-loop"
MOST_IN_FLIGHT = 400  # records that a producer has handed over and not heard of
MOST_AT_ONCE = 12
PAUSE_S = 0.01
# Whatever happens, clients keep trying: only then must every record arrive.
_FOR_EVER: dict[str, Any] = {
    "message.timeout.ms": 0,
    "retry.backoff.ms": 10,
    "retry.backoff.max.ms": 50,
    "reconnect.backoff.ms": 10,
    "reconnect.backoff.max.ms": 50,
    "socket.timeout.ms": 10_000,
    # Lets librdkafka look for a lost broker at once; otherwise it often sleeps for a second or two,
    # and would miss most lives of a broker that is killed after half a second.
    "topic.metadata.refresh.interval.ms": 100,
}
# librdkafka tells of every lost connection otherwise.
_QUIET: dict[str, Any] = {"log_level": 0, "error_cb": lambda _error: None}


def pack(record: RecordId, size: int) -> bytes:
    """The record's value: its id, and filling that compresses badly."""
    text = f"{record.producer}|{record.number}|".encode()
    return text + random.Random(record.number).randbytes(max(0, size - len(text)))


def unpack(value: bytes) -> RecordId:
    producer, number, _ = value.split(b"|", 2)
    return RecordId(producer.decode(), int(number))


def place(message: Message) -> tuple[Partition, int, RecordId]:
    """Where a message without error was read, and which record it is."""
    topic, number, offset = message.topic(), message.partition(), message.offset()
    value = message.value()
    assert topic is not None
    assert number is not None
    assert offset is not None
    assert value is not None
    return Partition(topic, number), offset, unpack(value)


class Sender(Protocol):
    """A producer of some client library."""

    def send(self, partition: Partition, record: RecordId, value: bytes) -> None: ...

    def serve(self, timeout_s: float) -> None:
        """Lets it tell what it heard."""

    def flush(self, timeout_s: float) -> None: ...


Told = Callable[[Partition, RecordId, "int | None", "str | None"], None]


class ConfluentSender:
    """librdkafka; ``settings`` say what kind of producer it is."""

    def __init__(self, bootstrap: str, told: Told, settings: dict[str, Any]) -> None:
        self._told = told
        self._producer = Producer({"bootstrap.servers": bootstrap} | _FOR_EVER | _QUIET | settings)

    def send(self, partition: Partition, record: RecordId, value: bytes) -> None:
        def delivered(error: Any, message: Message) -> None:
            offset = message.offset()
            known = offset if error is None and offset is not None and offset >= 0 else None
            self._told(partition, record, known, None if error is None else str(error))

        self._producer.produce(partition.topic, value, partition=partition.number,
                               on_delivery=delivered)  # fmt: skip

    def serve(self, timeout_s: float) -> None:
        self._producer.poll(timeout_s)

    def flush(self, timeout_s: float) -> None:
        self._producer.flush(timeout_s)


class KafkaPythonSender:
    """kafka-python, whose own thread tells."""

    def __init__(self, bootstrap: str, told: Told, settings: dict[str, Any]) -> None:
        from kafka import KafkaProducer

        logging.getLogger("kafka").setLevel(logging.CRITICAL + 1)
        self._told = told
        self._idle = threading.Event()
        self._producer = KafkaProducer(
            bootstrap_servers=bootstrap,
            delivery_timeout_ms=3_600_000,
            request_timeout_ms=10_000,
            retry_backoff_ms=20,
            reconnect_backoff_ms=10,
            reconnect_backoff_max_ms=50,
            max_block_ms=60_000,
            **settings,
        )

    def send(self, partition: Partition, record: RecordId, value: bytes) -> None:
        told = self._told
        future = self._producer.send(partition.topic, value, partition=partition.number)

        def delivered(metadata: Any) -> None:
            offset = metadata.offset
            told(partition, record, offset if offset is not None and offset >= 0 else None, None)

        future.add_callback(delivered)
        future.add_errback(lambda error: told(partition, record, None, repr(error)))

    def serve(self, timeout_s: float) -> None:
        self._idle.wait(timeout_s)

    def flush(self, timeout_s: float) -> None:
        self._producer.flush(timeout_s)


KINDS: dict[str, tuple[type[ConfluentSender] | type[KafkaPythonSender], dict[str, Any]]] = {
    "confluent-once": (ConfluentSender, {"enable.idempotence": True, "linger.ms": 0}),
    "confluent-once-lz4": (
        ConfluentSender,
        {"enable.idempotence": True, "linger.ms": 5, "compression.type": "lz4"},
    ),
    "kafka-python-once": (KafkaPythonSender, {"enable_idempotence": True, "acks": "all"}),
    "confluent-acks1": (ConfluentSender, {"acks": 1, "linger.ms": 2}),
    "confluent-all": (ConfluentSender, {"acks": "all", "linger.ms": 0}),
    "kafka-python-acks1": (KafkaPythonSender, {"enable_idempotence": False, "acks": 1}),
}
IDEMPOTENT = frozenset(name for name in KINDS if "once" in name)


class Load:
    """Runs producers and a group's members against ``bootstrap`` until it is told to end."""

    def __init__(
        self, bootstrap: str, partitions: Sequence[Partition], seed: int, members: int
    ) -> None:
        self.events: list[Event] = []
        self.sent: Counter[tuple[str, Partition]] = Counter()
        self.acknowledged: Counter[str] = Counter()
        # Held by a member while it commits, so that commits are noted in the order of their
        # answers; whoever holds it keeps the group from committing.
        self.committing = threading.Lock()
        self._bootstrap = bootstrap
        self._partitions = partitions
        self._ending = threading.Event()
        self._drained = threading.Event()
        self._producers = [
            threading.Thread(target=self._produce, args=(name, seed + number), daemon=True)
            for number, name in enumerate(KINDS)
        ]
        self._members = [
            threading.Thread(target=self._consume, daemon=True) for _ in range(members)
        ]

    def start(self) -> None:
        for thread in self._producers + self._members:
            thread.start()

    def stop_producing(self, timeout_s: float) -> bool:
        """Whether every producer has heard of all that it sent, and ended."""
        self._ending.set()
        for thread in self._producers:
            thread.join(timeout_s)
        return not any(thread.is_alive() for thread in self._producers)

    def stop_consuming(self) -> None:
        self._drained.set()
        for thread in self._members:
            thread.join(30)

    # -- producers -------------------------------------------------------------------------------

    def _produce(self, name: str, seed: int) -> None:
        rng = random.Random(seed)
        window = threading.BoundedSemaphore(MOST_IN_FLIGHT)

        def told(
            partition: Partition, record: RecordId, offset: int | None, error: str | None
        ) -> None:
            if error is None:
                self.events.append(Acknowledged(partition, record, offset))
                self.acknowledged[name] += 1
            else:
                self.events.append(Failed(partition, record, error))
            window.release()

        make, settings = KINDS[name]
        sender: Sender = make(self._bootstrap, told, settings)
        while not self._ending.is_set():
            partition = rng.choice(self._partitions)
            for _ in range(rng.randint(1, MOST_AT_ONCE)):
                if window.acquire(blocking=False):
                    self._send(sender, name, partition, rng)
            sender.serve(PAUSE_S)
        sender.flush(60)

    def _send(self, sender: Sender, name: str, partition: Partition, rng: random.Random) -> None:
        record = RecordId(name, self.sent[name, partition])
        self.sent[name, partition] += 1
        size = 8_000 if rng.random() < 0.01 else rng.randint(40, 300)
        sender.send(partition, record, pack(record, size))

    # -- the group -------------------------------------------------------------------------------

    def _consume(self) -> None:
        consumer = Consumer(
            {
                "bootstrap.servers": self._bootstrap,
                "group.id": GROUP,
                "enable.auto.commit": False,
                "auto.offset.reset": "earliest",
                "check.crcs": True,
                "fetch.wait.max.ms": 20,
                "fetch.error.backoff.ms": 20,
                "session.timeout.ms": 10_000,
                "heartbeat.interval.ms": 200,
                "coordinator.query.interval.ms": 100,
            }
            | {key: value for key, value in _FOR_EVER.items() if not key.startswith("message.")}
            | _QUIET
        )
        consumer.subscribe(sorted({partition.topic for partition in self._partitions}))
        while not self._drained.is_set():
            self._consume_some(consumer)
        consumer.close()

    def _consume_some(self, consumer: Consumer) -> None:
        next_offsets: dict[Partition, int] = {}
        for message in consumer.consume(500, 0.05):
            if message.error() is None:
                partition, offset, record = place(message)
                self.events.append(Read(partition, record, offset))
                next_offsets[partition] = offset + 1
        if next_offsets:
            self._commit(consumer, next_offsets)

    def _commit(self, consumer: Consumer, next_offsets: dict[Partition, int]) -> None:
        wanted = [
            TopicPartition(partition.topic, partition.number, offset)
            for partition, offset in next_offsets.items()
        ]
        with self.committing:
            try:
                stored = consumer.commit(offsets=wanted, asynchronous=False)
            except KafkaException:
                return  # the broker is gone, or the group is on the move: nothing is promised
            for answer in stored or ():
                if answer.error is None:
                    partition = Partition(answer.topic, answer.partition)
                    self.events.append(Committed(partition, answer.offset))
