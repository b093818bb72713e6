"""Requests of tools: a topic made, deleted, written to."""

from __future__ import annotations

from collections.abc import Mapping

from kbroker.cli.raw_client import RawClient
from wire.messages.create_topics import (
    CreatableTopic,
    CreatableTopicConfig,
    CreateTopicsRequest,
)
from wire.messages.delete_topics import DeleteTopicsRequest
from wire.messages.list_offsets import (
    ListOffsetsPartition,
    ListOffsetsPartitionResponse,
    ListOffsetsRequest,
    ListOffsetsResponse,
    ListOffsetsTopic,
)
from wire.messages.produce import PartitionProduceData, ProduceRequest, TopicProduceData
from wire.records import BatchBuilder

LATEST = -1  # the end of a log
LIST_OFFSETS_VERSION = 5


def end_offset(client: RawClient, topic: str) -> int:
    """Of partition 0."""
    (partition,) = _ends(client, topic, 1)
    return int(partition.offset)


def _ends(client: RawClient, topic: str, partitions: int) -> list[ListOffsetsPartitionResponse]:
    asked = [
        ListOffsetsPartition(partition_index=index, timestamp=LATEST) for index in range(partitions)
    ]
    request = ListOffsetsRequest(
        replica_id=-1, topics=[ListOffsetsTopic(name=topic, partitions=asked)]
    )
    answer: ListOffsetsResponse = client.ask(request, LIST_OFFSETS_VERSION)
    return answer.topics[0].partitions


def create_topic(
    client: RawClient, name: str, partitions: int = 1, settings: Mapping[str, str] | None = None
) -> None:
    """Waits until the broker leads it. Kafka does so a little later than its metadata say. -1
    partitions are as many as the broker makes by default."""
    topic = CreatableTopic(
        name=name,
        num_partitions=partitions,
        replication_factor=1,
        assignments=[],
        configs=[
            CreatableTopicConfig(name=key, value=value) for key, value in (settings or {}).items()
        ],
    )
    client.ask(CreateTopicsRequest(topics=[topic], timeout_ms=10_000), 7)
    while any(partition.error_code for partition in _ends(client, name, max(partitions, 1))):
        pass


def delete_topic(client: RawClient, name: str) -> None:
    client.ask(DeleteTopicsRequest(topic_names=[name], timeout_ms=10_000), 5)


def produce_request(
    topic: str, values: list[bytes], now_ms: int, acks: int = 1, partition: int = 0
) -> ProduceRequest:
    """One batch for a partition of a topic, by name (v3 to v12)."""
    builder = BatchBuilder()
    for value in values:
        builder.append(timestamp=now_ms, key=None, value=value)
    data = PartitionProduceData(index=partition, records=builder.build())
    return ProduceRequest(
        acks=acks,
        timeout_ms=30_000,
        topic_data=[TopicProduceData(name=topic, partition_data=[data])],
    )
