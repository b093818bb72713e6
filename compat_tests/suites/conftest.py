"""A real Kafka and what is compared with it, both as node 0 and new for every suite.

A test module may ask for more settings: its `SETTINGS`.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from compat_tests.brokers import Broker
from compat_tests.conftest import SETTINGS, candidate_name, fresh
from compat_tests.suites import NODE_ID


@pytest.fixture(scope="module")
def reference(request: pytest.FixtureRequest) -> Iterator[Broker]:
    yield from fresh("kafka", settings=settings(request), node_id=NODE_ID)


@pytest.fixture(scope="module")
def candidate(request: pytest.FixtureRequest) -> Iterator[Broker]:
    name = candidate_name(request.config)
    yield from fresh(name, settings=settings(request), node_id=NODE_ID)


def settings(request: pytest.FixtureRequest) -> dict[str, str]:
    return SETTINGS | getattr(request.module, "SETTINGS", {})
