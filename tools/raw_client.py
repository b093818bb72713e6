"""A blocking Kafka client of a few lines, for tools that need to see single requests."""

from __future__ import annotations

import socket
from typing import Any

from wire.api_keys import ApiKey
from wire.codec import decode
from wire.headers import encode_request
from wire.messages import response_class
from wire.messages.create_topics import CreatableTopic, CreateTopicsRequest
from wire.messages.metadata import MetadataRequest, MetadataRequestTopic
from wire.messages.produce import PartitionProduceData, ProduceRequest, TopicProduceData
from wire.records import BatchBuilder
from wire.schema import Message


class RawClient:
    """One connection, one request at a time."""

    def __init__(self, bootstrap: str, timeout_s: float = 30) -> None:
        host, _, port = bootstrap.rpartition(":")
        self.socket = socket.create_connection((host.strip("[]"), int(port)), timeout_s)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def ask(self, request: Message, version: int) -> Any:
        """The answer. Raises ConnectionError (the broker hung up) or TimeoutError."""
        api = request.__facts__.api
        assert api is not None
        self.socket.sendall(encode_request(request, version, 1, "raw"))
        frame = self.read_frame()
        flexible = version >= api.first_flexible and api is not ApiKey.API_VERSIONS
        return decode(response_class(api), version, frame, 5 if flexible else 4)

    def read_frame(self) -> memoryview:
        return memoryview(self._read(int.from_bytes(self._read(4), "big")))

    def _read(self, size: int) -> bytes:
        data = bytearray()
        while len(data) < size:
            part = self.socket.recv(size - len(data))
            if not part:
                raise ConnectionError("the broker closed the connection")
            data += part
        return bytes(data)

    def create_topic(self, name: str, partitions: int = 1) -> None:
        """Creates a topic and waits until the broker leads it."""
        topic = CreatableTopic(
            name=name, num_partitions=partitions, replication_factor=1, assignments=[], configs=[]
        )
        self.ask(CreateTopicsRequest(topics=[topic], timeout_ms=10_000), 7)
        question = MetadataRequest(
            topics=[MetadataRequestTopic(name=name)], allow_auto_topic_creation=False
        )
        while True:
            (found,) = self.ask(question, 12).topics
            if found.error_code == 0 and all(
                partition.error_code == 0 for partition in found.partitions
            ):
                return

    def close(self) -> None:
        self.socket.close()


def produce_request(topic: str, values: list[bytes], now_ms: int, acks: int = 1) -> ProduceRequest:
    """One batch for partition 0 of a topic, by name (v3 to v12)."""
    builder = BatchBuilder()
    for value in values:
        builder.append(timestamp=now_ms, key=None, value=value)
    data = PartitionProduceData(index=0, records=builder.build())
    return ProduceRequest(
        acks=acks,
        timeout_ms=30_000,
        topic_data=[TopicProduceData(name=topic, partition_data=[data])],
    )
