"""Changes of the levels of loggers, which are settings of a broker (KIP-412).

The checks, their order and their messages are those of Kafka's RuntimeLoggerManager.
"""

from __future__ import annotations

from collections.abc import Sequence

from kbroker.loggers import LEVELS, NAMES, ROOT
from kbroker.settings.resources import APPEND, DELETE, SET, SUBTRACT, Change, broker_id
from wire.errors import ErrorCode, KafkaError


def planned_levels(
    broker: str, changes: Sequence[Change], node_id: int
) -> list[tuple[str, str | None]]:
    """(logger, level) of each change, None for that of its parent. Raises KafkaError."""
    number = broker_id(broker)
    if number is None:
        raise _invalid(f"Node id must be an integer, but it is: {broker}")
    if number != node_id:
        raise _invalid(f"Unexpected node id. Expected {node_id}, but received {broker}")
    return [(change.name, _level(change)) for change in changes]


def _level(change: Change) -> str | None:
    name, operation, level = change
    if operation not in (SET, DELETE, APPEND, SUBTRACT):
        raise KafkaError(ErrorCode.UNKNOWN_SERVER_ERROR)
    if operation not in (SET, DELETE):
        shown = "APPEND" if operation == APPEND else "SUBTRACT"
        raise _invalid(f"{shown} operation is not allowed for the BROKER_LOGGER resource")
    if name not in NAMES:
        raise KafkaError(ErrorCode.INVALID_CONFIG, f"Logger {name} does not exist!")
    if operation == DELETE:
        if name == ROOT:
            raise _invalid("Removing the log level of the root logger is not allowed")
        return None
    if level not in LEVELS:
        raise KafkaError(
            ErrorCode.INVALID_CONFIG,
            f"Cannot set the log level of {name} to {level} as it is not a supported log level. "
            f"Valid log levels are {', '.join(sorted(LEVELS))}",
        )
    return level


def _invalid(message: str) -> KafkaError:
    return KafkaError(ErrorCode.INVALID_REQUEST, message)
