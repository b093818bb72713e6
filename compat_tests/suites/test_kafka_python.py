"""What a real Kafka passes of kafka-python's own integration tests, kbroker passes."""

from __future__ import annotations

from functools import partial

import pytest

from compat_tests.brokers import Broker, NotRunError
from compat_tests.conftest import NOT_RUN
from compat_tests.suites import kafka_python, shortfall


@pytest.mark.parametrize("client_version", kafka_python.CLIENT_VERSIONS)
def test_suite(client_version: str, candidate: Broker, reference: Broker) -> None:
    try:
        kafka_python.fetch()
    except NotRunError as reason:
        pytest.skip(f"{NOT_RUN}{reason}")
    suite = partial(kafka_python.run, client_version=client_version)

    failures = shortfall(suite, reference.bootstrap, candidate.bootstrap)

    if failures:
        pytest.fail("\n".join(failures), pytrace=False)
