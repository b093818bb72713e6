"""The loggers of this process by Kafka's level names: what they let through, and changing it."""

from __future__ import annotations

import logging

ROOT = "root"
# Ours are children of one; libraries' are the root's.
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
    """What each logger lets through, its own or its parent's."""
    return {name: _level_name(_logger(name).getEffectiveLevel()) for name in NAMES}


def set_level(name: str, level: str | None) -> None:
    """None lets the parent's level count."""
    _logger(name).setLevel(logging.NOTSET if level is None else LEVELS[level])


def _logger(name: str) -> logging.Logger:
    return logging.getLogger(None if name == ROOT else name)


def _level_name(number: int) -> str:
    return min(LEVELS, key=lambda name: abs(LEVELS[name] - number))
