"""The levels of loggers, under Kafka's names."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest

from kbroker import loggers


@pytest.fixture(autouse=True)
def levels() -> Iterator[None]:
    """Get back what they had."""
    every = [logging.getLogger(name) for name in (None, "kbroker")]
    before = [logger.level for logger in every]
    yield
    for logger, level in zip(every, before, strict=True):
        logger.setLevel(level)


@pytest.mark.parametrize(
    ("name", "number"),
    [("TRACE", 5), ("DEBUG", 10), ("INFO", 20), ("WARN", 30), ("ERROR", 40), ("FATAL", 50)],
)
def test_every_level(name: str, number: int) -> None:
    """Is Python's, and is told as it was set."""
    loggers.set_level("kbroker", name)

    assert logging.getLogger("kbroker").level == number
    assert loggers.levels()["kbroker"] == name


def test_a_level_that_is_removed_is_the_parents() -> None:
    """Changes of the root's are followed."""
    loggers.set_level("root", "FATAL")
    loggers.set_level("kbroker", "DEBUG")
    assert loggers.levels() == {"root": "FATAL", "kbroker": "DEBUG"}
    loggers.set_level("kbroker", None)
    assert loggers.levels() == {"root": "FATAL", "kbroker": "FATAL"}
    loggers.set_level("root", "TRACE")
    assert loggers.levels() == {"root": "TRACE", "kbroker": "TRACE"}
    assert logging.getLogger().level == 5


@pytest.mark.parametrize(("number", "name"), [(1, "TRACE"), (12, "DEBUG"), (28, "WARN")])
def test_a_level_that_has_no_name(number: int, name: str) -> None:
    """Is told as the nearest that has one."""
    logging.getLogger("kbroker").setLevel(number)
    assert loggers.levels()["kbroker"] == name
