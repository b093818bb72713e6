"""Fixtures of all tests."""

from __future__ import annotations

import pytest

from tests.drivers import BrokerDriver


@pytest.fixture
def broker() -> BrokerDriver:
    """A broker in memory, with nothing in it."""
    return BrokerDriver()
