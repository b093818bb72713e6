"""Java clients of years past find kbroker and a real Kafka the same."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from compat_tests.brokers import Broker, NotRunError
from compat_tests.conftest import NOT_RUN, candidate_name, fresh
from compat_tests.java_clients import VERSIONS, everyday


@pytest.fixture(scope="module")
def reference() -> Iterator[Broker]:
    yield from fresh("kafka")


@pytest.fixture(scope="module")
def candidate(request: pytest.FixtureRequest) -> Iterator[Broker]:
    yield from fresh(candidate_name(request.config))


@pytest.mark.parametrize("version", VERSIONS)
def test_everyday(version: str, candidate: Broker, reference: Broker) -> None:
    brokers = (reference.bootstrap, candidate.bootstrap)
    try:
        with ThreadPoolExecutor(2) as pool:
            expected, found = pool.map(everyday, brokers, (version, version))
    except NotRunError as reason:
        pytest.skip(f"{NOT_RUN}{reason}")

    assert "read = 150" in expected
    assert found == expected
