"""Transactions, a record in each of four partitions, one after the other: with three clients, as
librdkafka rests for a millisecond in each, whatever the broker does."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

from tools.bench_checks import check_contents
from tools.bench_run import Run

PARTITIONS = range(4)
WARM_UP = 20


def confluent(run: Run, count: int) -> float:
    """Transactions a second, as all functions here."""
    from confluent_kafka import Producer

    topic = run.new_topic(len(PARTITIONS))
    producer = Producer(
        {"bootstrap.servers": run.bootstrap, "transactional.id": topic, "linger.ms": 0,
         "log_level": 0}
    )  # fmt: skip
    producer.init_transactions(30)

    def transaction(number: int) -> None:
        producer.begin_transaction()
        for partition in PARTITIONS:
            producer.produce(topic, _value(number, partition), partition=partition)
        producer.commit_transaction(30)

    return _rate(run, topic, transaction, count)


def kafka_python(run: Run, count: int) -> float:
    from kafka import KafkaProducer

    topic = run.new_topic(len(PARTITIONS))
    producer = KafkaProducer(bootstrap_servers=run.bootstrap, transactional_id=topic, linger_ms=0)
    producer.init_transactions()

    def transaction(number: int) -> None:
        producer.begin_transaction()
        for partition in PARTITIONS:
            producer.send(topic, _value(number, partition), partition=partition)
        producer.commit_transaction()

    try:
        return _rate(run, topic, transaction, count)
    finally:
        producer.close()


def _rate(run: Run, topic: str, transaction: Callable[[int], None], count: int) -> float:
    for number in range(WARM_UP):
        transaction(number)
    with run.meter:
        began = time.perf_counter()
        for number in range(WARM_UP, WARM_UP + count):
            transaction(number)
        elapsed = time.perf_counter() - began
    _check(run, topic, count)
    return count / elapsed


def aiokafka(run: Run, count: int) -> float:
    topic = run.new_topic(len(PARTITIONS))
    rate = asyncio.run(_aiokafka(run, topic, count))
    _check(run, topic, count)
    return rate


async def _aiokafka(run: Run, topic: str, count: int) -> float:
    from aiokafka import AIOKafkaProducer

    producer = AIOKafkaProducer(
        bootstrap_servers=run.bootstrap, transactional_id=topic, linger_ms=0
    )
    await producer.start()

    async def transaction(number: int) -> None:
        await producer.begin_transaction()
        for partition in PARTITIONS:
            await producer.send(topic, _value(number, partition), partition=partition)
        await producer.commit_transaction()

    for number in range(WARM_UP):
        await transaction(number)
    with run.meter:
        began = time.perf_counter()
        for number in range(WARM_UP, WARM_UP + count):
            await transaction(number)
        elapsed = time.perf_counter() - began
    await producer.stop()
    return count / elapsed


def _value(number: int, partition: int) -> bytes:
    return (b"%d in %d" % (number, partition)).ljust(100)


def _check(run: Run, topic: str, count: int) -> None:
    expected = [
        [_value(number, partition) for number in range(WARM_UP + count)] for partition in PARTITIONS
    ]
    check_contents(run.bootstrap, topic, expected, markers=True)
