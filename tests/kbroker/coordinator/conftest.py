"""The tests of coordinators run twice: over commits at once, and over late ones."""

from __future__ import annotations

import pytest

from tests.drivers import BrokerDriver
from tests.kbroker.coordinator.memory_log import MemoryLog


@pytest.fixture(params=[False, True], ids=["commits_at_once", "commits_late"], autouse=True)
def commits_late(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> bool:
    """Whether an append is committed later than it returns."""
    late: bool = request.param
    monkeypatch.setattr(MemoryLog, "commits_late", late)
    monkeypatch.setattr(BrokerDriver, "commits_late", late)
    return late
