"""A response that will come."""

from __future__ import annotations

import pytest

from kbroker.pending import Pending


def test_delivered_when_complete() -> None:
    """The receiver may be named before or after."""
    early, late, got = Pending[str](), Pending[str](), list[str]()
    early.then(got.append)
    early.complete("a")
    late.complete("b")
    late.then(got.append)

    assert got == ["a", "b"]


def test_abandoned_reaches_nobody() -> None:
    """Its maker may complete it all the same, and is told that it need not."""
    pending, got = Pending[str](), list[str]()
    pending.then(got.append)
    pending.abandon()
    pending.complete("a")

    assert got == []
    assert (pending.done, pending.abandoned) == (True, True)


def test_completed_once() -> None:
    """Twice is a mistake of ours."""
    pending = Pending[str]()
    pending.complete("a")
    with pytest.raises(AssertionError):
        pending.complete("b")
