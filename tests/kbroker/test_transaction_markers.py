"""Markers in partitions, and what the groups hear of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from kbroker.metadata.image import CONSUMER_OFFSETS
from kbroker.transaction_markers import TransactionMarkers
from storage.errors import DiskFull, InvalidProducerEpoch
from storage.read_batches import read_batches
from tests.drivers import BrokerDriver, ManualClock
from wire.errors import ErrorCode, KafkaError
from wire.records.control import ControlRecordType, EndTransactionMarker

COMMIT = EndTransactionMarker(ControlRecordType.COMMIT, 0)


def test_a_marker_takes_one_offset(broker: BrokerDriver) -> None:
    broker.create_topic("t")
    broker.node.markers.write(("t", 0), COMMIT, 7, 0, 0)
    partition = broker.node.replicas.find("t", 0)
    assert partition is not None
    assert partition.high_watermark == 1
    (marker,) = read_batches(partition.log)
    assert marker.max_timestamp == broker.clock.now_ms()


def test_unknown_partitions_and_refusals(broker: BrokerDriver) -> None:
    broker.create_topic("t")
    broker.node.markers.write(("t", 0), COMMIT, 7, 3, 0)
    for place, code in (
        (("t", 1), ErrorCode.UNKNOWN_TOPIC_OR_PARTITION),
        (("t", 0), ErrorCode.INVALID_PRODUCER_EPOCH),
    ):
        with pytest.raises(KafkaError) as raised:
            broker.node.markers.write(place, COMMIT, 7, 2, 0)
        assert raised.value.code == code


class Bench:
    """Markers over partitions and groups that only note what they are told. The topic "gone" is
    not there; ``refusals`` are by topic."""

    def __init__(self) -> None:
        self.written: list[tuple[str, int, int]] = []  # topic, partition, version
        self.ended: list[tuple[int, int, bool]] = []
        self.outcomes: list[ErrorCode] = []
        self.refusals: dict[str, Exception] = {}
        self.committed: Callable[[Mapping[Any, ErrorCode]], None] = lambda _: None
        self.markers = TransactionMarkers(self, self, ManualClock())  # type: ignore[arg-type]

    def find(self, topic: str, index: int) -> BenchPartition | None:
        return None if topic == "gone" else BenchPartition(self, topic, index)

    def when_all_committed(self, _written: Any, _timeout_ms: float, then: Any) -> None:
        self.committed = then

    def transaction_ended(self, index: int, producer_id: int, is_commit: bool) -> None:
        self.ended.append((index, producer_id, is_commit))

    def write_all(self, *topics: str) -> None:
        partitions = [(topic, index) for index, topic in enumerate(topics)]
        self.markers.write_all(partitions, COMMIT, 7, 3, 2, self.outcomes.append)


class BenchPartition:
    def __init__(self, bench: Bench, topic: str, index: int) -> None:
        self._bench, self._topic, self._index = bench, topic, index

    def append(self, _batch: bytes, _now_ms: int, _origin: object, version: int) -> None:
        if self._topic in self._bench.refusals:
            raise self._bench.refusals[self._topic]
        self._bench.written.append((self._topic, self._index, version))


def test_groups_hear_of_markers_in_their_partitions() -> None:
    """With the version of the transaction (KIP-890), which every partition is told."""
    bench = Bench()
    bench.write_all("a", CONSUMER_OFFSETS, "b")

    assert bench.written == [("a", 0, 2), (CONSUMER_OFFSETS, 1, 2), ("b", 2, 2)]
    assert bench.ended == [(1, 7, True)]
    assert bench.outcomes == []
    bench.committed({})
    assert bench.outcomes == [ErrorCode.NONE]


def test_where_nothing_is_to_be_ended() -> None:
    """Of a deleted partition, before the marker and before its commit."""
    bench = Bench()
    bench.write_all("gone", "a")
    bench.committed({"a": ErrorCode.UNKNOWN_TOPIC_OR_PARTITION})

    assert bench.written == [("a", 1, 2)]
    assert bench.outcomes == [ErrorCode.NONE]


def test_a_partition_may_have_its_marker_from_before_a_crash() -> None:
    bench = Bench()
    bench.refusals["ended"] = InvalidProducerEpoch("the epoch of the marker is over")
    bench.write_all("ended", "a")
    bench.committed({})

    assert bench.written == [("a", 1, 2)]
    assert bench.outcomes == [ErrorCode.NONE]


def test_a_refusal_is_told_at_once() -> None:
    """To the coordinator, which tries again, and not to the groups."""
    bench = Bench()
    bench.refusals[CONSUMER_OFFSETS] = DiskFull("no space left")
    bench.write_all("a", CONSUMER_OFFSETS, "b")

    assert bench.written == [("a", 0, 2)]
    assert bench.outcomes == [ErrorCode.KAFKA_STORAGE_ERROR]
    assert bench.ended == []


def test_a_marker_that_is_not_committed_is_told() -> None:
    gone, late = ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, ErrorCode.REQUEST_TIMED_OUT
    bench = Bench()
    bench.write_all("a", "b")
    bench.committed({"a": gone, "b": late})

    assert bench.outcomes == [late]
