"""One line for each request that a person can read."""

from __future__ import annotations

import logging

import pytest

from tests.drivers import BrokerDriver, batch
from wire.messages.fetch import FetchPartition, FetchRequest, FetchTopic
from wire.messages.metadata import MetadataRequest, MetadataRequestTopic
from wire.messages.produce import PartitionProduceData, ProduceRequest, TopicProduceData


def test_lines(broker: BrokerDriver, caplog: pytest.LogCaptureFixture) -> None:
    """Who, what, which version, about what, and how it went."""
    broker.create_topic("t")
    caplog.set_level(logging.INFO, "kbroker")
    client = broker.connect()
    data = [PartitionProduceData(index=0, records=batch(b"a"))]
    topics = [TopicProduceData(name="t", partition_data=data)]
    client.ask(ProduceRequest(acks=1, timeout_ms=1, topic_data=topics), 9)
    partition = FetchPartition(partition=3, fetch_offset=0, partition_max_bytes=1)
    fetched = [FetchTopic(topic="t", partitions=[partition])]
    client.ask(FetchRequest(max_wait_ms=0, min_bytes=0, topics=fetched), 11)
    client.ask(MetadataRequest(topics=[MetadataRequestTopic(name="a/b")]), 9)
    client.ask(MetadataRequest(topics=[]), 9)

    assert [one.getMessage() for one in caplog.records] == [
        "client=client addr=10.0.0.9 PRODUCE v9 t[0] -> ok",
        "client=client addr=10.0.0.9 FETCH v11 t[3] -> UNKNOWN_TOPIC_OR_PARTITION",
        "client=client addr=10.0.0.9 METADATA v9 a/b -> INVALID_TOPIC_EXCEPTION",
        "client=client addr=10.0.0.9 METADATA v9 - -> ok",
    ]
