"""Transactions, a record in each of some partitions, one after the other: with three clients, as
librdkafka rests for a millisecond in each, whatever the broker does."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass

from compat_tests import java
from kbroker import KAFKA_VERSION
from tools.bench.cases.throughput import PROGRAMS, run_program
from tools.bench.checks import check_contents
from tools.bench.run import Figures, Run

WARM_UP = 20
PATIENCE_S = 30


@dataclass(frozen=True)
class Confluent:
    partitions: int

    def __call__(self, run: Run, count: int) -> Figures:
        from confluent_kafka import Producer

        topic = run.new_topic(self.partitions)
        producer = Producer(
            {"bootstrap.servers": run.bootstrap, "transactional.id": topic, "linger.ms": 0,
             "log_level": 0}
        )  # fmt: skip
        producer.init_transactions(PATIENCE_S)

        def transactions(numbers: range) -> None:
            for number in numbers:
                producer.begin_transaction()
                for partition in range(self.partitions):
                    producer.produce(topic, _value(number, partition), partition=partition)
                producer.commit_transaction(PATIENCE_S)

        transactions(range(WARM_UP))
        with run.meter:
            began = time.perf_counter()
            transactions(range(WARM_UP, WARM_UP + count))
            elapsed = time.perf_counter() - began
        return _checked(run, topic, self.partitions, count, elapsed)


@dataclass(frozen=True)
class Aiokafka:
    partitions: int

    def __call__(self, run: Run, count: int) -> Figures:
        topic = run.new_topic(self.partitions)
        elapsed = asyncio.run(self._play(run, topic, count))
        return _checked(run, topic, self.partitions, count, elapsed)

    async def _play(self, run: Run, topic: str, count: int) -> float:
        from aiokafka import AIOKafkaProducer

        producer = AIOKafkaProducer(
            bootstrap_servers=run.bootstrap, transactional_id=topic, linger_ms=0
        )
        await producer.start()

        async def transactions(numbers: range) -> None:
            for number in numbers:
                await producer.begin_transaction()
                for partition in range(self.partitions):
                    await producer.send(topic, _value(number, partition), partition=partition)
                await producer.commit_transaction()

        try:
            await transactions(range(WARM_UP))
            with run.meter:
                began = time.perf_counter()
                await transactions(range(WARM_UP, WARM_UP + count))
                return time.perf_counter() - began
        finally:
            await producer.stop()


@dataclass(frozen=True)
class Java:
    partitions: int

    def __call__(self, run: Run, count: int) -> Figures:
        topic = run.new_topic(self.partitions)
        program = java.command(PROGRAMS / "Transactions.java", f"kafka-clients:{KAFKA_VERSION}")
        sizes = [str(self.partitions), str(count), str(WARM_UP)]
        with run.meter:
            elapsed = float(run_program([*program, run.bootstrap, topic, *sizes]))
        return _checked(run, topic, self.partitions, count, elapsed)


def _value(number: int, partition: int) -> bytes:
    return (b"%d in %d" % (number, partition)).ljust(100)


def _checked(run: Run, topic: str, partitions: int, count: int, elapsed: float) -> Figures:
    expected = [
        [_value(number, partition) for number in range(WARM_UP + count)]
        for partition in range(partitions)
    ]
    check_contents(run.bootstrap, topic, expected, markers=True)
    return {"transactions/s": count / elapsed} | run.costs()
