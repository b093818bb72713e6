"""The data folder and what is in it."""

from __future__ import annotations

from pathlib import Path

import pytest

from storage import AppendOrigin
from tests.drivers import BrokerDriver, batch
from wire.messages.describe_log_dirs import (
    DescribableLogDirTopic,
    DescribeLogDirsRequest,
    DescribeLogDirsResult,
)

Sizes = dict[tuple[str, int], int]


def describe(broker: BrokerDriver, wanted: dict[str, list[int]] | None) -> DescribeLogDirsResult:
    topics = wanted and [
        DescribableLogDirTopic(topic=name, partitions=indexes) for name, indexes in wanted.items()
    ]
    request = DescribeLogDirsRequest(topics=None if wanted is None else topics or [])
    [result] = broker.connect().ask(request, 5).results
    assert isinstance(result, DescribeLogDirsResult)
    return result


def sizes(result: DescribeLogDirsResult) -> Sizes:
    return {
        (topic.name, partition.partition_index): partition.partition_size
        for topic in result.topics
        for partition in topic.partitions
    }


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (None, [("t", 0), ("t", 1)]),
        ({}, []),
        ({"t": [1, 7], "u": [0]}, [("t", 1)]),
    ],
)
def test_what_is_asked_for(
    wanted: dict[str, list[int]] | None, found: list[tuple[str, int]]
) -> None:
    broker = BrokerDriver()
    broker.create_topic("t", 2)
    assert sorted(sizes(describe(broker, wanted))) == found


def test_no_log_moves_to_another_folder() -> None:
    """There is one folder, and nothing is wrong with it."""
    broker = BrokerDriver()
    broker.create_topic("t")
    result = describe(broker, None)
    [[partition]] = [topic.partitions for topic in result.topics]

    assert (result.error_code, result.log_dir) == (0, broker.path)
    assert (partition.offset_lag, partition.is_future_key) == (0, False)


def test_sizes_count_bytes_of_records() -> None:
    broker = BrokerDriver()
    broker.create_topic("t")
    partition = broker.node.replicas.find("t", 0)
    assert partition is not None
    records = batch(b"v")
    partition.append(records, broker.clock.now_ms(), AppendOrigin.COORDINATOR)
    assert sizes(describe(broker, None)) == {("t", 0): len(records)}


def test_the_volume_has_room(tmp_path: Path) -> None:
    broker = BrokerDriver(str(tmp_path))
    result = describe(broker, {})
    broker.node.close(clean=False)
    assert 0 < result.usable_bytes <= result.total_bytes
