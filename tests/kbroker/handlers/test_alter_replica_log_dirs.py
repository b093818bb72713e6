"""Moves between folders, of which there is one."""

from __future__ import annotations

from tests.drivers import BrokerDriver
from wire.errors import ErrorCode
from wire.messages.alter_replica_log_dirs import (
    AlterReplicaLogDir,
    AlterReplicaLogDirsRequest,
    AlterReplicaLogDirTopic,
)


def move(path: str | None, index: int, topic: str = "t") -> int:
    """The error code; None stands for the folder where everything is."""
    broker = BrokerDriver()
    broker.create_topic("t")
    moved = AlterReplicaLogDirTopic(name=topic, partitions=[index])
    folder = AlterReplicaLogDir(path=path or broker.path, topics=[moved])
    answer = broker.connect().ask(AlterReplicaLogDirsRequest(dirs=[folder]), 2)
    code: int = answer.results[0].partitions[0].error_code
    return code


def test_to_where_it_is() -> None:
    assert move(None, 0) == ErrorCode.NONE


def test_to_nowhere() -> None:
    assert move("/elsewhere", 0) == ErrorCode.LOG_DIR_NOT_FOUND


def test_what_is_not_there() -> None:
    assert move(None, 1) == ErrorCode.UNKNOWN_TOPIC_OR_PARTITION


def test_names_that_are_too_long_to_move() -> None:
    assert move("/elsewhere", 10, "x" * 212) == ErrorCode.LOG_DIR_NOT_FOUND
    assert move("/elsewhere", 10, "x" * 213) == ErrorCode.INVALID_TOPIC_EXCEPTION
