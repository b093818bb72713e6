"""Fetch requests about a topic ``t``, and what their answers hold."""

from __future__ import annotations

from typing import Any

from tests.drivers import BrokerDriver, batch
from wire.messages.fetch import (
    FetchPartition,
    FetchRequest,
    FetchTopic,
)
from wire.messages.produce import PartitionProduceData, ProduceRequest, TopicProduceData
from wire.records.batch import batches

BIG = 1 << 20


def produce(broker: BrokerDriver, *values: bytes, index: int = 0) -> None:
    data = PartitionProduceData(index=index, records=batch(*values))
    topics = [TopicProduceData(name="t", partition_data=[data])]
    broker.connect().ask(ProduceRequest(acks=1, timeout_ms=1, topic_data=topics), 9)


def partition(index: int = 0, offset: int = 0, max_bytes: int = BIG, **more: int) -> FetchPartition:
    return FetchPartition(
        partition=index, fetch_offset=offset, partition_max_bytes=max_bytes, **more
    )


def request(*partitions: FetchPartition, topic: str = "t", **fields: Any) -> FetchRequest:
    fields = {"max_wait_ms": 0, "min_bytes": 1} | fields
    topics = [FetchTopic(topic=topic, partitions=list(partitions))] if partitions else []
    return FetchRequest(topics=topics, **fields)


def data_of(answer: Any) -> list[Any]:
    return [data for topic in answer.responses for data in topic.partitions]


def values_in(data: Any) -> list[bytes]:
    return [record.value for found in batches(bytes(data.records)) for record in found]
