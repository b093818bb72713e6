"""What ``wait`` waits for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


def test_a_topic_that_is_there(
    bootstrap: str, done: Callable[..., str], told: Callable[..., Any]
) -> None:
    """A person is told nothing, a program what there is."""
    done("topic", "create", "there")

    assert done("wait", "--topic", "there") == ""
    assert told("wait", "--topic", "there") == {"bootstrap": bootstrap, "topics": ["there"]}


def test_a_topic_that_does_not_come(bootstrap: str, refused: Callable[..., str]) -> None:
    """The broker alone is not enough."""
    why = refused("wait", "--topic", "missing", "--timeout", "0.1")

    assert why == f"no topic missing at {bootstrap} after 0.1 seconds"
