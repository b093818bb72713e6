"""The floor: what client and sockets alone allow.

It speaks enough of the protocol for a producer (whatever comes is acknowledged, nothing is stored)
and for a consumer (one prepared batch again and again, under new offsets). What a broker loses
against it is what storing, checking and looking up cost.

    python -m tools.floor_broker --port 0 --ready-file PATH [--record-bytes 1000]
"""

from __future__ import annotations

import argparse
import socket
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from wire.api_keys import ApiKey
from wire.codec import decode_prefix
from wire.headers import decode_client_id, encode_response, peek_request
from wire.messages import request_class
from wire.messages.api_versions import ApiVersion, ApiVersionsResponse
from wire.messages.fetch import FetchableTopicResponse, FetchResponse, PartitionData
from wire.messages.list_offsets import (
    ListOffsetsPartitionResponse,
    ListOffsetsResponse,
    ListOffsetsTopicResponse,
)
from wire.messages.metadata import (
    MetadataResponse,
    MetadataResponseBroker,
    MetadataResponsePartition,
    MetadataResponseTopic,
)
from wire.messages.produce import (
    PartitionProduceResponse,
    ProduceResponse,
    TopicProduceResponse,
)
from wire.records import BatchBuilder
from wire.schema import Message

# Versions that name topics, so that no ids have to be remembered.
VERSIONS = {
    ApiKey.PRODUCE: (0, 9),
    ApiKey.FETCH: (4, 11),
    ApiKey.LIST_OFFSETS: (1, 5),
    ApiKey.METADATA: (0, 9),
    ApiKey.API_VERSIONS: (0, 3),
}
KEYS = {int(key): key for key in VERSIONS}
PREPARED_BYTES = 900_000
ENDLESS = 1 << 50


class Floor:
    def __init__(self, port: int, record_bytes: int) -> None:
        self._listening = socket.create_server(("127.0.0.1", port))
        self.port: int = self._listening.getsockname()[1]
        builder = BatchBuilder()
        self._records_per_batch = max(1, PREPARED_BYTES // (record_bytes + 10))
        for _ in range(self._records_per_batch):
            builder.append(timestamp=0, key=None, value=b"x" * record_bytes)
        self._batch = builder.build()
        self._answers: dict[int, Callable[[Any], Message | None]] = {
            ApiKey.PRODUCE: self._produce,
            ApiKey.FETCH: self._fetch,
            ApiKey.LIST_OFFSETS: self._list_offsets,
            ApiKey.METADATA: self._metadata,
            ApiKey.API_VERSIONS: self._api_versions,
        }

    def run(self) -> None:
        while True:
            accepted, _ = self._listening.accept()
            accepted.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            threading.Thread(target=self._serve, args=(accepted,), daemon=True).start()

    def _serve(self, sock: socket.socket) -> None:
        """Until the client hangs up, or asks for what the floor does not know."""
        with sock:
            try:
                self._answer_all(sock)
            except (KeyError, OSError):
                return

    def _answer_all(self, sock: socket.socket) -> None:
        buffer = bytearray(1 << 21)
        view = memoryview(buffer)
        filled = 0
        while size := sock.recv_into(view[filled:]):
            filled += size
            position = 0
            while filled - position >= 4:
                after = position + 4 + int.from_bytes(view[position : position + 4], "big")
                if after > filled:
                    break
                for part in self._answer(view[position + 4 : after]):
                    sock.sendall(part)
                position = after
            buffer[: filled - position] = buffer[position:filled]
            filled -= position

    def _answer(self, frame: memoryview) -> list[Any]:
        key, version, correlation_id = peek_request(frame)
        api = KEYS[key]
        _, position = decode_client_id(frame, version >= api.first_flexible)
        request = decode_prefix(request_class(api), version, frame, position)
        answer = self._answers[key](request)
        return [] if answer is None else encode_response(answer, version, correlation_id)

    def _api_versions(self, _request: Any) -> Message:
        keys = [
            ApiVersion(api_key=key, min_version=first, max_version=last)
            for key, (first, last) in VERSIONS.items()
        ]
        return ApiVersionsResponse(error_code=0, api_keys=keys)

    def _metadata(self, request: Any) -> Message:
        partition = MetadataResponsePartition(
            error_code=0, partition_index=0, leader_id=1, replica_nodes=[1], isr_nodes=[1]
        )
        return MetadataResponse(
            brokers=[MetadataResponseBroker(node_id=1, host="127.0.0.1", port=self.port)],
            controller_id=1,
            topics=[
                MetadataResponseTopic(error_code=0, name=topic.name, partitions=[partition])
                for topic in request.topics or ()
            ],
        )

    def _produce(self, request: Any) -> Message | None:
        if request.acks == 0:
            return None
        return ProduceResponse(
            responses=[
                TopicProduceResponse(
                    name=topic.name,
                    partition_responses=[
                        PartitionProduceResponse(index=data.index, error_code=0, base_offset=0)
                        for data in topic.partition_data
                    ],
                )
                for topic in request.topic_data
            ]
        )

    def _fetch(self, request: Any) -> Message:
        topics = []
        for topic in request.topics:
            partitions = []
            for wanted in topic.partitions:
                offset = wanted.fetch_offset - wanted.fetch_offset % self._records_per_batch
                partitions.append(
                    PartitionData(
                        partition_index=wanted.partition,
                        error_code=0,
                        high_watermark=ENDLESS,
                        last_stable_offset=ENDLESS,
                        aborted_transactions=None,
                        records=offset.to_bytes(8, "big") + self._batch[8:],
                    )
                )
            topics.append(FetchableTopicResponse(topic=topic.topic, partitions=partitions))
        return FetchResponse(responses=topics)

    def _list_offsets(self, request: Any) -> Message:
        return ListOffsetsResponse(
            topics=[
                ListOffsetsTopicResponse(
                    name=topic.name,
                    partitions=[
                        ListOffsetsPartitionResponse(
                            partition_index=wanted.partition_index, error_code=0, offset=0
                        )
                        for wanted in topic.partitions
                    ],
                )
                for topic in request.topics
            ]
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0] if __doc__ else "")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--ready-file", required=True)
    parser.add_argument("--record-bytes", type=int, default=1000)
    arguments = parser.parse_args()
    floor = Floor(arguments.port, arguments.record_bytes)
    Path(arguments.ready_file).write_text(f"127.0.0.1:{floor.port}\n")
    floor.run()


if __name__ == "__main__":
    main()
