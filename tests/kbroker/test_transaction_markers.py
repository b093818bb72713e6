"""Markers in partitions, and what the groups hear of them."""

from __future__ import annotations

import pytest

from tests.drivers import BrokerDriver
from wire.errors import ErrorCode, KafkaError
from wire.records.control import ControlRecordType, EndTransactionMarker

COMMIT = EndTransactionMarker(ControlRecordType.COMMIT, 0)


def test_a_marker_takes_one_offset(broker: BrokerDriver) -> None:
    broker.create_topic("t")
    broker.node.markers.write(("t", 0), COMMIT, 7, 0, 0)
    partition = broker.node.replicas.find("t", 0)
    assert partition is not None
    assert partition.high_watermark == 1


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
