"""From produce() to the consumer's hands, at a fixed rate (open loop), with confluent-kafka."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from typing import Any

from tools.bench.cases.requests import percentiles
from tools.bench.checks import CheckError
from tools.bench.run import Figures, Run

WAIT_MS = 500
ENOUGH_S = 10


@dataclass(frozen=True)
class EndToEnd:
    """A record is due at its time, however late the ones before it are: its latency counts from
    then. ``linger_ms`` 0 sends single records, more makes small batches."""

    per_second: int
    linger_ms: float = 0

    def __call__(self, run: Run, count: int) -> Figures:
        topic = run.new_topic()
        consumer, producer = self._clients(run.bootstrap, topic)
        received: list[tuple[float, Any]] = []

        def consume() -> None:
            while len(received) < count and (message := consumer.poll(ENOUGH_S)) is not None:
                received.append((time.perf_counter(), message))

        _first_record(consumer, producer, topic)
        consuming = threading.Thread(target=consume)
        with run.meter:
            consuming.start()
            due = self._produce(producer, topic, count)
            producer.flush(ENOUGH_S)
            consuming.join()
        consumer.close()
        values = [message.value() for _, message in received]
        if values != [b"%d" % number for number in range(count)]:
            raise CheckError(f"{len(values)} of {count} records came, or others than were produced")
        times = [came - at for (came, _), at in zip(received, due, strict=True)]
        return percentiles(times[count // 6 :], (50, 99, 99.9)) | run.costs()

    def _clients(self, bootstrap: str, topic: str) -> tuple[Any, Any]:
        from confluent_kafka import Consumer, Producer, TopicPartition

        consumer = Consumer(
            {"bootstrap.servers": bootstrap, "group.id": "bench", "log_level": 0,
             "enable.auto.commit": False, "fetch.wait.max.ms": WAIT_MS}
        )  # fmt: skip
        consumer.assign([TopicPartition(topic, 0, 0)])
        producer = Producer(
            {"bootstrap.servers": bootstrap, "linger.ms": self.linger_ms, "acks": 1, "log_level": 0}
        )
        return consumer, producer

    def _produce(self, producer: Any, topic: str, count: int) -> list[float]:
        """When each record was due."""
        due, began = [], time.perf_counter()
        for number in range(count):
            due.append(began + number / self.per_second)
            while (now := time.perf_counter()) < due[-1]:
                time.sleep(max(0.0, due[-1] - now - 0.0001))
            producer.produce(topic, b"%d" % number)
            producer.poll(0)
        return due


def _first_record(consumer: Any, producer: Any, topic: str) -> None:
    """Afterwards both clients are connected, and the broker leads the partition."""
    producer.produce(topic, b"first")
    producer.flush(ENOUGH_S)
    if consumer.poll(ENOUGH_S) is None:
        raise CheckError("the first record did not come")
