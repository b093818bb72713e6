"""AlterReplicaLogDirs: with one data folder, replicas can only stay where they are (KIP-113)."""

from __future__ import annotations

from collections.abc import Iterator

from kbroker.context import RequestContext
from wire.errors import ErrorCode
from wire.messages.alter_replica_log_dirs import (
    AlterReplicaLogDirPartitionResult,
    AlterReplicaLogDirsRequest,
    AlterReplicaLogDirsResponse,
    AlterReplicaLogDirTopicResult,
)

# Data move by way of a folder with a longer name, which may have 255 characters (KAFKA-4893).
LONGEST_NAME = 255 - len(f".{'0' * 32}-future")
Moves = Iterator[tuple[str, int, str]]


def handle(ctx: RequestContext, request: AlterReplicaLogDirsRequest) -> AlterReplicaLogDirsResponse:
    replicas = ctx.node.replicas

    def outcome(topic: str, index: int, path: str) -> ErrorCode:
        if len(f"{topic}-{index}") > LONGEST_NAME:
            return ErrorCode.INVALID_TOPIC_EXCEPTION
        if path != replicas.log_dir.path:
            return ErrorCode.LOG_DIR_NOT_FOUND
        is_there = replicas.find(topic, index) is not None
        return ErrorCode.NONE if is_there else ErrorCode.UNKNOWN_TOPIC_OR_PARTITION

    return _answer(
        (topic, index, outcome(topic, index, path)) for topic, index, path in _moves(request)
    )


def _moves(request: AlterReplicaLogDirsRequest) -> Moves:
    for folder in request.dirs:
        for topic in folder.topics:
            for index in topic.partitions:
                yield topic.name, index, folder.path


def _answer(outcomes: Iterator[tuple[str, int, ErrorCode]]) -> AlterReplicaLogDirsResponse:
    """Of a partition that is named twice the last outcome counts."""
    by_topic: dict[str, dict[int, ErrorCode]] = {}
    for topic, index, code in outcomes:
        by_topic.setdefault(topic, {})[index] = code
    return AlterReplicaLogDirsResponse(
        results=[
            AlterReplicaLogDirTopicResult(
                topic_name=topic,
                partitions=[
                    AlterReplicaLogDirPartitionResult(partition_index=index, error_code=code)
                    for index, code in codes.items()
                ],
            )
            for topic, codes in by_topic.items()
        ]
    )


def error_response(
    request: AlterReplicaLogDirsRequest, code: ErrorCode
) -> AlterReplicaLogDirsResponse:
    return _answer((topic, index, code) for topic, index, _path in _moves(request))
