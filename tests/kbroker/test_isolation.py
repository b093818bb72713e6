"""One failing callback and the others."""

from __future__ import annotations

import pytest

from kbroker.isolation import run_isolated


def test_a_failure_is_logged_and_ends_there(caplog: pytest.LogCaptureFixture) -> None:
    """Whoever calls goes on; the operator gets the trace."""
    ran: list[int] = []
    run_isolated(lambda: ran[0])
    run_isolated(lambda: ran.append(1))

    assert ran == [1]
    assert "IndexError" in caplog.text
