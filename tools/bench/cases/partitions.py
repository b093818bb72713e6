"""Many partitions: made, written to for the first time, and deleted."""

from __future__ import annotations

import contextlib
import time
from pathlib import Path
from typing import Any

from compat_tests.brokers import NotRunError
from kbroker.cli.raw_client import RawClient
from tools.bench.cases.throughput import produce
from tools.bench.checks import CheckError, distinct_values
from tools.bench.run import Figures, Run
from tools.process_costs import resident_kb
from tools.topic_requests import create_topic, delete_topic

SETTLED_S = 1.0
FREED_S = 90  # Kafka removes the files a minute after the topic
POLL_S = 0.1
RECORD_BYTES = 1_000
BLOCK_BYTES = 512  # as stat counts them


def first_records(run: Run, partitions: int) -> Figures:
    """A topic of so many partitions, until a record in each is acknowledged."""
    from confluent_kafka import Producer

    failures: list[Any] = []

    def delivered(error: Any, message: Any) -> None:
        if error is not None or message.offset() != 0:
            failures.append(error or message.offset())

    producer = Producer({"bootstrap.servers": run.bootstrap, "log_level": 0, "acks": 1})
    with run.meter:
        began = time.perf_counter()
        topic = run.new_topic(partitions)
        for partition in range(partitions):
            producer.produce(topic, b"first", partition=partition, on_delivery=delivered)
            producer.poll(0)
        unanswered = producer.flush(60)
        elapsed = time.perf_counter() - began
    if failures or unanswered:
        raise CheckError(f"{len(failures)} records failed {failures[:1]}, {unanswered} in flight")
    return {"s": elapsed} | run.costs()


def memory(run: Run, partitions: int) -> Figures:
    """Of partitions that hold nothing, and what is left of it when they are deleted."""
    subject = run.start_another()
    try:
        with RawClient(subject.bootstrap) as client:
            create_topic(client, "first")
            before_kb = resident_kb(subject.pid)
            create_topic(client, "many", partitions)
            with_kb = resident_kb(subject.pid)
            delete_topic(client, "many")
        time.sleep(SETTLED_S)
        after_kb = resident_kb(subject.pid)
    finally:
        subject.remove()
    return {
        "kB each": (with_kb - before_kb) / partitions,
        "kB each after deletion": max(after_kb - before_kb, 0) / partitions,
    }


def deletion(run: Run, records: int) -> Figures:
    """What records of 1 kB take on the disk, and how long until it is free after their deletion."""
    data = run.subject.data
    if data is None:
        raise NotRunError("it has no folder")
    before_bytes = used_bytes(data)
    topic = run.new_topic()
    produce(run.bootstrap, topic, distinct_values(records, RECORD_BYTES))
    with_bytes = used_bytes(data)
    run.delete_topics()
    began = time.perf_counter()
    while used_bytes(data) > before_bytes + (with_bytes - before_bytes) // 100:
        if time.perf_counter() > began + FREED_S:
            raise CheckError(f"the disk is not free after {FREED_S} s")
        time.sleep(POLL_S)
    return {
        "disk MB": (with_bytes - before_bytes) / 1e6,
        "s until free": time.perf_counter() - began,
    }


def used_bytes(folder: Path) -> int:
    """Of the disk, by all files in the folder. They may go meanwhile."""
    blocks = 0
    for path in folder.rglob("*"):
        with contextlib.suppress(FileNotFoundError):
            blocks += path.lstat().st_blocks
    return blocks * BLOCK_BYTES
