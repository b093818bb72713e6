"""A real Kafka and what is compared with it, both as node 0 and new for every suite.

A test module may ask for more settings: its `SETTINGS`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from compat_tests.brokers import Broker, NotRunError
from compat_tests.conftest import NOT_RUN, SETTINGS, candidate_name, fresh
from compat_tests.suites import NODE_ID, Outcomes, shortfall


@pytest.fixture(scope="module")
def reference(request: pytest.FixtureRequest) -> Iterator[Broker]:
    yield from fresh("kafka", settings=settings(request), node_id=NODE_ID)


@pytest.fixture(scope="module")
def candidate(request: pytest.FixtureRequest) -> Iterator[Broker]:
    name = candidate_name(request.config)
    yield from fresh(name, settings=settings(request), node_id=NODE_ID)


def passes_what_kafka_passes(
    fetch: Callable[[], object], suite: Callable[[str], Outcomes], kafka: Broker, other: Broker
) -> None:
    """Fails with a line for each test that does not; says so where the suite cannot be had."""
    try:
        fetch()
    except NotRunError as reason:
        pytest.skip(f"{NOT_RUN}{reason}")
    failures = shortfall(suite, kafka.bootstrap, other.bootstrap)
    if failures:
        pytest.fail("\n".join(failures), pytrace=False)


def settings(request: pytest.FixtureRequest) -> dict[str, str]:
    return SETTINGS | getattr(request.module, "SETTINGS", {})
