"""A real Kafka and what is compared with it, both as node 0 and new for every suite."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from compat_tests.brokers import Broker
from compat_tests.conftest import SETTINGS, candidate_name, fresh
from compat_tests.suites import NODE_ID


@pytest.fixture(scope="module")
def reference() -> Iterator[Broker]:
    yield from fresh("kafka", settings=SETTINGS, node_id=NODE_ID)


@pytest.fixture(scope="module")
def candidate(pytestconfig: pytest.Config) -> Iterator[Broker]:
    yield from fresh(candidate_name(pytestconfig), settings=SETTINGS, node_id=NODE_ID)
