"""DescribeLogDirs: the data folder, what is in it, and the room that it has (KIP-113, KIP-827).

Of the partitions that are asked for, those that are not there are left out without an error.
"""

from __future__ import annotations

from collections.abc import Iterator

from kbroker.context import RequestContext
from storage import PartitionLog
from wire.errors import ErrorCode
from wire.messages.describe_log_dirs import (
    DescribeLogDirsPartition,
    DescribeLogDirsRequest,
    DescribeLogDirsResponse,
    DescribeLogDirsResult,
    DescribeLogDirsTopic,
)


def handle(ctx: RequestContext, request: DescribeLogDirsRequest) -> DescribeLogDirsResponse:
    log_dir = ctx.node.replicas.log_dir
    total_bytes, usable_bytes = log_dir.volume_bytes()
    found: dict[str, list[DescribeLogDirsPartition]] = {}
    for log in _logs(ctx, request):
        found.setdefault(log.topic, []).append(
            DescribeLogDirsPartition(
                partition_index=log.partition,
                partition_size=log.size_bytes,
                offset_lag=0,
                is_future_key=False,
            )
        )
    result = DescribeLogDirsResult(
        error_code=0,
        log_dir=log_dir.path,
        topics=[
            DescribeLogDirsTopic(name=name, partitions=partitions)
            for name, partitions in found.items()
        ],
        total_bytes=total_bytes,
        usable_bytes=usable_bytes,
    )
    return DescribeLogDirsResponse(results=[result])


def _logs(ctx: RequestContext, request: DescribeLogDirsRequest) -> Iterator[PartitionLog]:
    """Those that are asked for; all, where nothing is."""
    replicas = ctx.node.replicas
    if request.topics is None:
        yield from (partition.log for partition in replicas.partitions())
        return
    wanted: dict[str, set[int]] = {}
    for topic in request.topics:
        wanted.setdefault(topic.topic, set()).update(topic.partitions)
    for name, indexes in wanted.items():
        for partition in replicas.partitions_of(name):
            if partition.log.partition in indexes:
                yield partition.log


def error_response(_request: DescribeLogDirsRequest, code: ErrorCode) -> DescribeLogDirsResponse:
    return DescribeLogDirsResponse(error_code=code, results=[])
