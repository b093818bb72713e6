"""Fixtures of all tests."""

from __future__ import annotations

import gc
import os

import pytest
from hypothesis import settings

from compat_tests.parity import recorded
from tests.drivers import BrokerDriver
from tools.accelerate import compiled, stale

# Before any story is imported: they date their records from it.
os.environ["STORIES_NOW_MS"] = str(recorded.now_ms())

# The same examples in every run and no deadline, so that failures can be repeated.
settings.register_profile("steady", deadline=None, derandomize=True, database=None)
settings.load_profile("steady")


def pytest_configure() -> None:
    if stale():
        pytest.exit("a compiled module is older than its source: python -m tools.accelerate", 1)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if compiled():
        reason = "the hot path is compiled: python -m tools.accelerate --remove"
        for item in items:
            if item.get_closest_marker("replaces_code"):
                item.add_marker(pytest.mark.skip(reason=reason))


# What is collected stays until the end: looking for garbage in it took a tenth of the time.
gc.disable()


def pytest_collection_finish() -> None:
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)
    gc.enable()


@pytest.fixture
def broker() -> BrokerDriver:
    """A broker in memory, with nothing in it."""
    return BrokerDriver()
