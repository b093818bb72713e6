"""Clients push their metrics as soon as a broker tells them that it takes some (KIP-714).

A real Kafka needs a Java class that receives them; which answers clients get is compared in
parity/stories/telemetry.py.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator

import pytest

from compat_tests.brokers import Broker, NotRunError
from compat_tests.conftest import NOT_RUN
from compat_tests.kbroker_process import KbrokerProcess
from compat_tests.parity.codec import kafka_jars
from compat_tests.suites.kafka_tools import CLASSES, JAVA
from kbroker.telemetry import RECEIVER


def produce_with_confluent(bootstrap: str) -> None:
    from confluent_kafka import Producer

    producer = Producer({"bootstrap.servers": bootstrap, "client.id": "me", "log_level": 0})
    for _ in range(25):
        producer.produce("t", b"v")
        producer.poll(0.1)
    producer.flush(10)


def produce_with_java(bootstrap: str) -> None:
    try:
        jars = kafka_jars()
    except NotRunError as reason:
        pytest.skip(f"{NOT_RUN}{reason}")
    options = (
        "--topic t --num-records 50 --record-size 10 --throughput 20 "
        f"--command-property client.id=me --bootstrap-server {bootstrap}"
    )
    command = [*JAVA, "-cp", f"{jars}/*", CLASSES["producer-perf"], *options.split()]
    subprocess.run(command, check=True, capture_output=True, timeout=60)


def kbroker(broker: Broker, *words: str) -> str:
    command = [sys.executable, "-m", "kbroker", *words, "--bootstrap", broker.bootstrap]
    return subprocess.run(command, check=True, capture_output=True, text=True, timeout=30).stdout


@pytest.fixture
def receiving() -> Iterator[Broker]:
    broker = KbrokerProcess({"metric.reporters": RECEIVER})
    yield broker
    broker.remove()


@pytest.mark.parametrize("produce", [produce_with_confluent, produce_with_java])
def test_metrics_arrive(receiving: Broker, produce: Callable[[str], None]) -> None:
    kbroker(receiving, "config", "set", "client-metrics", "all", "metrics=*", "interval.ms=500")
    produce(receiving.bootstrap)

    rows = json.loads(kbroker(receiving, "telemetry", "-o", "json"))

    assert {row["client"] for row in rows} == {"me"}
    assert any("org.apache.kafka.producer" in row["metric"] for row in rows)
    assert len(rows) > 5
