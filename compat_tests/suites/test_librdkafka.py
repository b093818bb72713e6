"""What a real Kafka passes of librdkafka's own tests, kbroker passes."""

from __future__ import annotations

from compat_tests.brokers import Broker
from compat_tests.suites import librdkafka
from compat_tests.suites.conftest import passes_what_kafka_passes

SETTINGS = {
    # 0059_bsearch reads records of 1970, which retention may take away before.
    "log.retention.ms": "-1",
    # The two members of 0089_max_poll_interval have to come into the same generation.
    "group.initial.rebalance.delay.ms": "500",
}


def test_suite(candidate: Broker, reference: Broker) -> None:
    passes_what_kafka_passes(librdkafka.fetch, librdkafka.run, reference, candidate)
