"""What a real Kafka passes of node-rdkafka's own end-to-end tests, kbroker passes."""

from __future__ import annotations

import pytest

from compat_tests.brokers import Broker, NotRunError
from compat_tests.conftest import NOT_RUN
from compat_tests.suites import node_rdkafka, shortfall


def test_suite(candidate: Broker, reference: Broker) -> None:
    try:
        node_rdkafka.fetch()
    except NotRunError as reason:
        pytest.skip(f"{NOT_RUN}{reason}")
    failures = shortfall(node_rdkafka.run, reference.bootstrap, candidate.bootstrap)

    if failures:
        pytest.fail("\n".join(failures), pytrace=False)
