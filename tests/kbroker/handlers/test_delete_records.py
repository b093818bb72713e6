"""Records that go before their time."""

from __future__ import annotations

import pytest

from storage import AppendOrigin, Log, LogDirFailed
from tests.drivers import BrokerDriver, batch
from wire.errors import ErrorCode
from wire.messages.delete_records import (
    DeleteRecordsPartition,
    DeleteRecordsRequest,
    DeleteRecordsTopic,
)


def filled(**configs: str) -> BrokerDriver:
    """A topic of five records."""
    broker = BrokerDriver()
    broker.create_topic("t", **configs)
    partition = broker.node.replicas.find("t", 0)
    assert partition is not None
    for _ in range(5):
        partition.append(batch(b"v"), broker.clock.now_ms(), AppendOrigin.COORDINATOR)
    broker.settle()
    return broker


def delete(broker: BrokerDriver, offset: int, name: str = "t") -> tuple[int, int]:
    """(low watermark, error code)"""
    wanted = DeleteRecordsPartition(partition_index=0, offset=offset)
    topic = DeleteRecordsTopic(name=name, partitions=[wanted])
    request = DeleteRecordsRequest(topics=[topic], timeout_ms=1000)
    [result] = broker.connect().ask(request, 2).topics[0].partitions
    return result.low_watermark, result.error_code


@pytest.mark.parametrize(("offset", "start"), [(0, 0), (3, 3), (5, 5), (-1, 5)])
def test_the_log_starts_there(offset: int, start: int) -> None:
    broker = filled()
    assert delete(broker, offset) == (start, ErrorCode.NONE)
    partition = broker.node.replicas.find("t", 0)
    assert partition is not None
    assert partition.log.log_start_offset == start


def test_the_start_never_goes_back() -> None:
    broker = filled()
    delete(broker, 3)
    assert delete(broker, 1) == (3, ErrorCode.NONE)


@pytest.mark.parametrize("offset", [-2, 6])
def test_offsets_that_are_not_there(offset: int) -> None:
    assert delete(filled(), offset) == (-1, ErrorCode.OFFSET_OUT_OF_RANGE)


def test_a_compacted_topic_keeps_its_records() -> None:
    broker = filled(**{"cleanup.policy": "compact"})
    assert delete(broker, 0) == (-1, ErrorCode.POLICY_VIOLATION)


def test_one_that_is_compacted_and_deleted_does_not() -> None:
    broker = filled(**{"cleanup.policy": "compact,delete"})
    assert delete(broker, 3) == (3, ErrorCode.NONE)


def test_an_unknown_topic() -> None:
    assert delete(filled(), 0, "u") == (-1, ErrorCode.UNKNOWN_TOPIC_OR_PARTITION)


def test_a_failed_log_directory_is_told_of_the_partition(monkeypatch: pytest.MonkeyPatch) -> None:
    broker = filled()

    def fail(_log: Log, _offset: int) -> None:
        raise LogDirFailed("EIO")

    monkeypatch.setattr(Log, "delete_before", fail)
    assert delete(broker, 3) == (-1, ErrorCode.KAFKA_STORAGE_ERROR)
