"""The loggers of this process, and their levels under Kafka's names."""

from __future__ import annotations

import logging

ROOT = "root"  # Python's name for it, too
# All loggers of ours are below "kbroker"; those of libraries are below the root.
NAMES = (ROOT, "kbroker")
LEVELS = {
    "TRACE": 5,
    "DEBUG": logging.DEBUG,
    "INFO": logging.INFO,
    "WARN": logging.WARNING,
    "ERROR": logging.ERROR,
    "FATAL": logging.CRITICAL,
}


def levels() -> dict[str, str]:
    """The level of each logger, its own or its parent's."""
    return {name: _level_name(logging.getLogger(name).getEffectiveLevel()) for name in NAMES}


def set_level(name: str, level: str | None) -> None:
    """Sets the level; None removes it, so that the parent's counts."""
    logging.getLogger(name).setLevel(logging.NOTSET if level is None else LEVELS[level])


def _level_name(number: int) -> str:
    return min(LEVELS, key=lambda name: abs(LEVELS[name] - number))
