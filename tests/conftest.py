"""Fixtures of all tests."""

from __future__ import annotations

import pytest
from hypothesis import settings

from tests.drivers import BrokerDriver

# The same examples in every run and no deadline, so that failures can be repeated.
settings.register_profile("steady", deadline=None, derandomize=True, database=None)
settings.load_profile("steady")


@pytest.fixture
def broker() -> BrokerDriver:
    """A broker in memory, with nothing in it."""
    return BrokerDriver()
