"""What a real Kafka passes of node-rdkafka's own end-to-end tests, kbroker passes."""

from __future__ import annotations

from compat_tests.brokers import Broker
from compat_tests.suites import node_rdkafka
from compat_tests.suites.conftest import passes_what_kafka_passes


def test_suite(candidate: Broker, reference: Broker) -> None:
    passes_what_kafka_passes(node_rdkafka.fetch, node_rdkafka.run, reference, candidate)
