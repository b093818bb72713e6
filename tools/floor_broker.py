"""The floor: what client and sockets alone allow.

It speaks enough of the protocol for a producer (whatever comes is acknowledged, nothing is stored)
and for a consumer (one prepared batch again and again, under new offsets). What a broker loses
against it is what storing, checking and looking up cost.

Produce and Fetch are read and answered at known positions, for one version and one partition each:
no codec is measured. Received bytes stay where they were received, and records are sent from a file
in memory. What comes once per client (ApiVersions, Metadata, ListOffsets) goes through the codec.

    python -m tools.floor_broker --port PORT [--record-bytes 1000]
"""

from __future__ import annotations

import argparse
import os
import socket
import threading
from collections.abc import Callable
from struct import Struct
from typing import Any

from wire.api_keys import ApiKey
from wire.codec import decode_prefix
from wire.headers import decode_client_id, encode_response, peek_request
from wire.messages import request_class
from wire.messages.api_versions import ApiVersion, ApiVersionsResponse
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
from wire.records import BatchBuilder
from wire.schema import Message

PRODUCE_VERSION = 9
FETCH_VERSION = 11
# Clients look for early versions and use the last ones. None names topics by id.
VERSIONS = {
    ApiKey.PRODUCE: (0, PRODUCE_VERSION),
    ApiKey.FETCH: (4, FETCH_VERSION),
    ApiKey.LIST_OFFSETS: (1, 5),
    ApiKey.METADATA: (0, 9),
    ApiKey.API_VERSIONS: (0, 3),
}
KEYS = {int(key): key for key in VERSIONS}
PREPARED_BYTES = 900_000
OFFSET_SIZE = 8  # a batch begins with its offset
ENDLESS = 1 << 50
BUFFER_BYTES = 1 << 21

_HEADER = Struct(">hhih")  # key, version, correlation id, size of the client id
_PRODUCE = Struct(">hh").pack(ApiKey.PRODUCE, PRODUCE_VERSION)
_FETCH = Struct(">hh").pack(ApiKey.FETCH, FETCH_VERSION)
_INT32 = Struct(">i")
_FETCH_START = Struct(">iiiibiii")  # from the replica id to the count of topics
_FETCHED_PARTITION = Struct(">iiiqqi")  # count, index, leader epoch, offset, log start, most bytes
# After the index of a partition: error 0, base offset 0, append time -1, log start 0, no errors of
# records, no message. The rest is throttle time 0, and no tags.
_PRODUCED = bytes(2 + 8) + b"\xff" * 8 + bytes(8) + b"\1\0" + bytes(2 + 4 + 1)
# Error 0, high watermark, last stable offset, log start 0, no aborted transactions, no replica.
_FETCHED = Struct(">hqqqii").pack(0, ENDLESS, ENDLESS, 0, -1, -1)


class UnknownRequestError(Exception):
    """The floor hangs up on it."""


def produce_answer(frame: memoryview) -> bytes:
    """Acknowledges the records of one partition, outside of transactions."""
    *_, client_id_size = _HEADER.unpack_from(frame)
    topics = _HEADER.size + max(client_id_size, 0) + 8  # tags, transactional id, acks, timeout
    name_end = topics + 1 + frame[topics + 1]  # counts and lengths have 1 added
    if (frame[topics], frame[name_end]) != (2, 2):
        raise UnknownRequestError
    name, index = frame[topics + 1 : name_end], frame[name_end + 1 : name_end + 5]
    body = b"".join((frame[4:8], b"\0\2", name, b"\2", index, _PRODUCED))
    return _INT32.pack(len(body)) + body


def fetch_wish(frame: memoryview) -> tuple[memoryview, int, int]:
    """(the one topic and partition as the answer repeats them, offset, most bytes)."""
    *_, client_id_size = _HEADER.unpack_from(frame)
    position = _HEADER.size + max(client_id_size, 0)
    *_, topics = _FETCH_START.unpack_from(frame, position)
    name = position + _FETCH_START.size
    name_end = name + 2 + int.from_bytes(frame[name : name + 2], "big")
    partitions, _, _, offset, _, most_bytes = _FETCHED_PARTITION.unpack_from(frame, name_end)
    if (topics, partitions) != (1, 1):
        raise UnknownRequestError
    return frame[name : name_end + 8], offset, most_bytes


class Floor:
    def __init__(self, port: int, record_bytes: int) -> None:
        self._port = port
        builder = BatchBuilder()
        self._records_per_batch = max(1, PREPARED_BYTES // (record_bytes + 10))
        for _ in range(self._records_per_batch):
            builder.append(timestamp=0, key=None, value=b"x" * record_bytes)
        batch = builder.build()
        self._batch_size = len(batch)
        self._batch_file = os.memfd_create("batch")
        os.write(self._batch_file, batch)
        self._once: dict[int, Callable[[Any], Message]] = {
            ApiKey.LIST_OFFSETS: self._list_offsets,
            ApiKey.METADATA: self._metadata,
            ApiKey.API_VERSIONS: self._api_versions,
        }

    def run(self, listening: socket.socket) -> None:
        while True:
            accepted, _ = listening.accept()
            accepted.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            threading.Thread(target=self.serve, args=(accepted,), daemon=True).start()

    def serve(self, sock: socket.socket) -> None:
        """Until the client hangs up, or asks for what the floor does not know."""
        with sock:
            try:
                self._serve(sock)
            except (UnknownRequestError, OSError):
                return

    def _serve(self, sock: socket.socket) -> None:
        buffer = memoryview(bytearray(BUFFER_BYTES))
        filled, wanted = 0, BUFFER_BYTES
        while size := sock.recv_into(buffer[filled:wanted]):
            filled += size
            position, end = 0, _frame_end(buffer, 0, filled)
            answers: list[bytes] = []
            while end <= filled:
                self._answer(sock, buffer[position + 4 : end], answers)
                position, end = end, _frame_end(buffer, end, filled)
            if answers:
                sock.sendall(b"".join(answers))
            if position:
                buffer[: filled - position] = buffer[position:filled]
            filled -= position
            # No more than the rest of a frame that has begun, so that nothing has to be moved.
            wanted = end - position if filled else BUFFER_BYTES

    def _answer(self, sock: socket.socket, frame: memoryview, answers: list[bytes]) -> None:
        """Adds the answer to those that go together, or sends it after them."""
        asked = frame[:4]
        if asked == _PRODUCE:
            answers.append(produce_answer(frame))
        elif asked == _FETCH:
            sock.sendall(b"".join(answers))
            answers.clear()
            self._send_records(sock, frame)
        else:
            answers.extend(self._decoded(frame))

    def _send_records(self, sock: socket.socket, frame: memoryview) -> None:
        topic, offset, most_bytes = fetch_wish(frame)
        offset -= offset % self._records_per_batch
        count = max(1, most_bytes // self._batch_size)
        size = count * self._batch_size
        body = b"".join(
            (frame[4:8], bytes(4 + 2 + 4), _INT32.pack(1), topic, _FETCHED, _INT32.pack(size))
        )
        sock.sendall(_INT32.pack(len(body) + size) + body, socket.MSG_MORE)
        for _ in range(count):
            sock.sendall(offset.to_bytes(OFFSET_SIZE, "big"), socket.MSG_MORE)
            position = OFFSET_SIZE
            while position < self._batch_size:
                rest = self._batch_size - position
                position += os.sendfile(sock.fileno(), self._batch_file, position, rest)
            offset += self._records_per_batch

    def _decoded(self, frame: memoryview) -> list[Any]:
        key, version, correlation_id = peek_request(frame)
        if key not in self._once:
            raise UnknownRequestError
        api = KEYS[key]
        _, position = decode_client_id(frame, version >= api.first_flexible)
        request = decode_prefix(request_class(api), version, frame, position)
        return encode_response(self._once[key](request), version, correlation_id)

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
            brokers=[MetadataResponseBroker(node_id=1, host="127.0.0.1", port=self._port)],
            controller_id=1,
            topics=[
                MetadataResponseTopic(error_code=0, name=topic.name, partitions=[partition])
                for topic in request.topics or ()
            ],
        )

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


def _frame_end(buffer: memoryview, position: int, filled: int) -> int:
    """Where the frame at a position ends; behind everything if its length has not come."""
    if filled - position < _INT32.size:
        return BUFFER_BYTES + 1
    (size,) = _INT32.unpack_from(buffer, position)
    return position + _INT32.size + int(size)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0] if __doc__ else "")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--record-bytes", type=int, default=1000)
    arguments = parser.parse_args()
    listening = socket.create_server(("127.0.0.1", arguments.port))
    Floor(arguments.port, arguments.record_bytes).run(listening)


if __name__ == "__main__":
    main()
