"""What a real Kafka passes of kafka-python's own integration tests, kbroker passes."""

from __future__ import annotations

from functools import partial

import pytest

from compat_tests.brokers import Broker
from compat_tests.suites import kafka_python
from compat_tests.suites.conftest import passes_what_kafka_passes

# Topics that tests do not create have two partitions in their makers' fixtures.
SETTINGS = {"num.partitions": "2"}


@pytest.mark.parametrize("client_version", kafka_python.CLIENT_VERSIONS)
def test_suite(client_version: str, candidate: Broker, reference: Broker) -> None:
    suite = partial(kafka_python.run, client_version=client_version)
    passes_what_kafka_passes(kafka_python.fetch, suite, reference, candidate)
