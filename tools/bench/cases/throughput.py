"""Records per second, produced and consumed by unmodified clients. A MB is a million bytes of
values."""

from __future__ import annotations

import random
import re
import subprocess
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from compat_tests.parity.codec import kafka_jars
from tools.bench import checks, peers
from tools.bench.checks import (
    PATIENCE_S,
    CheckError,
    check_compression,
    check_contents,
    distinct_values,
)
from tools.bench.run import Figures, Run

GB = 1e9
AT_ONCE = 1_000
CODECS = ["none", "gzip", "snappy", "lz4", "zstd"]  # by their number in a batch
JAVA = ["java", "-Xshare:auto", "-Xmx512m"]
LIMIT_S = 120
PROGRAMS = Path(__file__).parent.parent / "programs"


@dataclass(frozen=True)
class Produce:
    """confluent-kafka, from the first record to the last acknowledgement."""

    size: int
    options: Mapping[str, Any] = field(default_factory=dict)
    compressible: bool = False
    codec: str = ""  # in which the topic stores what comes uncompressed

    def __call__(self, run: Run, count: int) -> Figures:
        topic = run.new_topic(settings={"compression.type": self.codec} if self.codec else None)
        values = distinct_values(count, self.size, compressible=self.compressible)
        with run.meter:
            elapsed = produce(run.bootstrap, topic, values, self.options)
        if run.stores:
            check_contents(run.bootstrap, topic, [values])
            if self.codec:
                check_compression(run.bootstrap, topic, CODECS.index(self.codec))
        return rates(run, count * self.size, elapsed)


def rates(run: Run, size: int, elapsed: float) -> Figures:
    per_gb = run.meter.cpu_s / size * GB
    return {"MB/s": size / elapsed / 1e6, "broker CPU s per GB": per_gb} | run.costs()


def produce(
    bootstrap: str,
    topic: str,
    values: Sequence[bytes],
    options: Mapping[str, Any] | None = None,
    partition: int = 0,
) -> float:
    """Seconds."""
    from confluent_kafka import Producer

    failures: list[Any] = []
    producer = Producer(
        {"bootstrap.servers": bootstrap, "linger.ms": 5, "acks": 1, "log_level": 0,
         "queue.buffering.max.messages": 500_000, **(options or {})}
    )  # fmt: skip

    def delivered(error: Any, _message: Any) -> None:
        if error is not None:
            failures.append(error)

    began = time.perf_counter()
    for value in values:
        while True:
            try:
                producer.produce(topic, value, partition=partition, on_delivery=delivered)
                break
            except BufferError:
                producer.poll(0.01)
        producer.poll(0)
    unanswered = producer.flush(60)
    elapsed = time.perf_counter() - began
    if failures or unanswered:
        raise CheckError(f"{len(failures)} records failed {failures[:1]}, {unanswered} in flight")
    return elapsed


@dataclass(frozen=True)
class Consume:
    """confluent-kafka with a large queue, from the first records that come to the last, right after
    they were produced."""

    size: int
    partitions: int = 1

    def __call__(self, run: Run, count: int) -> Figures:
        from confluent_kafka import TopicPartition

        topic = run.new_topic(self.partitions)
        values = distinct_values(count // self.partitions, self.size)
        for partition in range(self.partitions):
            produce(run.bootstrap, topic, values, partition=partition)
        consumer = greedy_consumer(run.bootstrap)
        with run.meter:
            consumer.assign([TopicPartition(topic, index, 0) for index in range(self.partitions)])
            messages, first, elapsed = consume(consumer, len(values) * self.partitions)
        consumer.close()
        check_messages(messages, values, run.stores)
        return rates(run, (len(messages) - first) * self.size, elapsed)


def greedy_consumer(bootstrap: str, **options: Any) -> Any:
    from confluent_kafka import Consumer

    return Consumer(
        {"bootstrap.servers": bootstrap, "group.id": "bench", "log_level": 0,
         "enable.auto.commit": False, "queued.min.messages": 1_000_000, "check.crcs": False,
         "auto.offset.reset": "earliest", "fetch.message.max.bytes": 10_000_000, **options}
    )  # fmt: skip


def consume(consumer: Any, count: int) -> tuple[list[Any], int, float]:
    """All that came, how many came first, and the seconds from then on."""
    messages: list[Any] = []
    first, began = 0, 0.0
    while len(messages) < count:
        # It waits until there are so many.
        came = checks.consume(consumer, min(count - len(messages), AT_ONCE), PATIENCE_S)
        if not came:
            raise CheckError(f"{len(messages)} of {count} records came")
        if not began:
            began, first = time.perf_counter(), len(came)
        messages += came
    return messages, first, time.perf_counter() - began


def check_messages(messages: Sequence[Any], values: Sequence[bytes], stores: bool) -> None:
    """Each partition gave these values, in order. A broker that stores nothing gave any values."""
    nexts: dict[int, int] = defaultdict(int)
    for message in messages:
        partition = message.partition()
        offset = nexts[partition]
        nexts[partition] += 1
        if message.offset() != offset or (stores and message.value() != values[offset]):
            raise CheckError(f"another record than was produced, at offset {message.offset()}")


@dataclass(frozen=True)
class JavaPerformance:
    """Kafka's own ProducerPerformance and ConsumerPerformance, 1 kB, with what they print."""

    consumes: bool
    size: int = 1000

    def __call__(self, run: Run, count: int) -> Figures:
        topic = run.new_topic()
        with payload_file(self.size) as file:
            producing = [
                "ProducerPerformance", "--topic", topic, "--num-records", str(count),
                "--throughput", "-1", "--payload-file", file, "--bootstrap-server", run.bootstrap,
                "--command-property", "acks=1",
            ]  # fmt: skip
            if not self.consumes:
                with run.meter:
                    return self._produced(run, topic, count, _java(producing))
            _java(producing)
        with run.meter:
            printed = _java(
                ["ConsumerPerformance", "--bootstrap-server", run.bootstrap, "--topic", topic,
                 "--num-records", str(count), "--hide-header"]
            )  # fmt: skip
        return self._consumed(run, count, printed)

    def _produced(self, run: Run, topic: str, count: int, printed: str) -> Figures:
        found = re.findall(r"^(\d+) records sent, ([\d.]+) records/sec", printed, re.MULTILINE)
        if not found or int(found[-1][0]) != count:
            raise CheckError(f"ProducerPerformance printed {printed[-200:]!r}")
        check_contents(run.bootstrap, topic, [[payload(self.size)] * count])
        return rates(run, count * self.size, count / float(found[-1][1]))

    def _consumed(self, run: Run, count: int, printed: str) -> Figures:
        # Start, end, MB, MB/s, records, records/s, ms of joining, ms of fetching, ...
        fields = printed.strip().splitlines()[-1].split(", ")
        if int(fields[4]) != count:
            raise CheckError(f"ConsumerPerformance consumed {fields[4]} records of {count}")
        return rates(run, count * self.size, int(fields[7]) / 1000)


def _java(words: list[str]) -> str:
    tool = [*JAVA, "-cp", f"{kafka_jars()}/*", f"org.apache.kafka.tools.{words[0]}", *words[1:]]
    return run_program(tool)


@dataclass(frozen=True)
class FranzGo:
    """franz-go, 1 kB, by programs/franz."""

    consumes: bool
    size: int = 1000

    def __call__(self, run: Run, count: int) -> Figures:
        topic = run.new_topic()
        program = peers.go_program(PROGRAMS / "franz")
        with payload_file(self.size) as file:
            words = [run.bootstrap, topic, str(count), file]
            if not self.consumes:
                with run.meter:
                    elapsed = float(run_program([program, "produce", *words]))
                check_contents(run.bootstrap, topic, [[payload(self.size)] * count])
            else:
                run_program([program, "produce", *words])
                with run.meter:
                    elapsed = float(run_program([program, "consume", *words]))
        return rates(run, count * self.size, elapsed)


def payload(size: int) -> bytes:
    """One line: the value of all records of programs that read it from a file."""
    return random.Random(size).randbytes(size // 2).hex().encode()


@contextmanager
def payload_file(size: int) -> Iterator[str]:
    with tempfile.NamedTemporaryFile() as file:
        file.write(payload(size))
        file.flush()
        yield file.name


def run_program(command: list[str]) -> str:
    """What it prints. Raises CheckError where it fails."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=LIMIT_S, check=False)
    except subprocess.TimeoutExpired:
        raise CheckError(f"{command[0]} did not end within {LIMIT_S} s") from None
    if done.returncode:
        raise CheckError(f"{command[0]} failed: {(done.stderr or done.stdout)[-300:]}")
    return done.stdout
