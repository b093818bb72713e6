"""What a real Kafka passes of librdkafka's own tests, kbroker passes."""

from __future__ import annotations

import pytest

from compat_tests.brokers import Broker, NotRunError
from compat_tests.conftest import NOT_RUN
from compat_tests.suites import librdkafka, shortfall

# 0059_bsearch reads records of 1970, which retention may take away before.
SETTINGS = {"log.retention.ms": "-1"}


def test_suite(candidate: Broker, reference: Broker) -> None:
    try:
        librdkafka.fetch()
    except NotRunError as reason:
        pytest.skip(f"{NOT_RUN}{reason}")
    failures = shortfall(librdkafka.run, reference.bootstrap, candidate.bootstrap)

    if failures:
        pytest.fail("\n".join(failures), pytrace=False)
