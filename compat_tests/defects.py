"""A broker with a planted defect: a proxy that passes everything on, but for one lie.

Every check is shown to be red on the defects that it exists for (test_defects.py).
"""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import crc32c
from kafka.protocol.api_header import ResponseClassRegistry
from kafka.protocol.consumer import (
    FetchRequest,
    ListOffsetsRequest,
    OffsetCommitRequest,
    OffsetFetchRequest,
)
from kafka.protocol.metadata import FindCoordinatorRequest, MetadataRequest
from kafka.protocol.producer import ProduceRequest

REQUESTS = {
    request.API_KEY: request
    for request in (
        ProduceRequest,
        FetchRequest,
        ListOffsetsRequest,
        MetadataRequest,
        OffsetCommitRequest,
        OffsetFetchRequest,
        FindCoordinatorRequest,
    )
}
BATCH_HEAD = 61


class Defect:
    """No defect: what everything must still pass with."""

    def request(self, key: int, frame: bytes) -> bytes:
        return frame

    def answer(self, key: int, answer: Any) -> None:
        """Changes a decoded answer in place."""


class LostBatch(Defect):
    """The batch with offset 3 is acknowledged, and never seen again."""

    def answer(self, key: int, answer: Any) -> None:
        for partition in fetched(key, answer):
            kept = [batch for batch in split(partition.records) if not holds(batch, 3)]
            partition.records = b"".join(kept)


class SkippedOffset(Defect):
    """Every batch but the first is one offset later than it was said to be."""

    def answer(self, key: int, answer: Any) -> None:
        for partition in fetched(key, answer):
            shifted = [shift(batch) for batch in split(partition.records)]
            partition.records = b"".join(shifted)


class ChangedByte(Defect):
    """One bit of the last value of each batch is wrong, under a checksum that fits."""

    def answer(self, key: int, answer: Any) -> None:
        for partition in fetched(key, answer):
            batches = [flip(batch) for batch in split(partition.records)]
            partition.records = b"".join(batches)


class WrongWatermark(Defect):
    """The end of each partition is told one too far."""

    def answer(self, key: int, answer: Any) -> None:
        for partition in fetched(key, answer):
            partition.high_watermark += 1
        if key == ListOffsetsRequest.API_KEY:
            for topic in answer.topics:
                for partition in topic.partitions:
                    partition.offset += partition.offset > 0


class LostCommit(Defect):
    """Committed offsets come back one too early."""

    def answer(self, key: int, answer: Any) -> None:
        if key != OffsetFetchRequest.API_KEY:
            return
        topics = list(answer.topics or []) + [t for g in answer.groups or [] for t in g.topics]
        for topic in topics:
            for partition in topic.partitions:
                partition.committed_offset -= partition.committed_offset > 0


class ForgottenSequences(Defect):
    """Producer ids are taken off on the way in: nothing is recognised as a duplicate."""

    def request(self, key: int, frame: bytes) -> bytes:
        if key != ProduceRequest.API_KEY:
            return frame
        request = ProduceRequest.decode(frame, version=version_of(frame), header=True)
        for topic in request.topic_data:
            for partition in topic.partition_data:
                partition.records = anonymous(bytes(partition.records))
        return bytes(request.encode(header=True))


def fetched(key: int, answer: Any) -> Iterator[Any]:
    """The partitions of a fetch that have records."""
    if key == FetchRequest.API_KEY:
        for topic in answer.responses:
            yield from (partition for partition in topic.partitions if partition.records)


def split(records: bytes) -> list[bytes]:
    """Whole batches; a cut one at the end is left out."""
    result, position = [], 0
    while position + BATCH_HEAD <= len(records):
        (length,) = struct.unpack_from(">i", records, position + 8)
        batch = bytes(records[position : position + 12 + length])
        if len(batch) == 12 + length:
            result.append(batch)
        position += 12 + length
    return result


def holds(batch: bytes, offset: int) -> bool:
    (first,) = struct.unpack_from(">q", batch)
    (delta,) = struct.unpack_from(">i", batch, 23)
    return bool(first <= offset <= first + delta)


def shift(batch: bytes) -> bytes:
    (first,) = struct.unpack_from(">q", batch)
    return struct.pack(">q", first + (first > 0)) + batch[8:]


def with_crc(batch: bytes) -> bytes:
    return batch[:17] + struct.pack(">I", crc32c.crc32c(batch[21:])) + batch[21:]


def flip(batch: bytes) -> bytes:
    """The last byte but one: after the value there is only the number of headers."""
    return with_crc(batch[:-2] + bytes([batch[-2] ^ 1]) + batch[-1:])


def anonymous(batch: bytes) -> bytes:
    return with_crc(batch[:43] + struct.pack(">qhi", -1, -1, -1) + batch[57:])


def version_of(frame: bytes) -> int:
    (version,) = struct.unpack_from(">h", frame, 2)
    return int(version)


class DefectiveBroker:
    """Listens on a port of its own, which it also puts in the place of the broker's in answers."""

    name = "defective"

    def __init__(self, bootstrap: str, defect: Defect) -> None:
        host, port = bootstrap.rsplit(":", 1)
        self._behind = (host, int(port))
        self._defect = defect
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._port = self._listener.getsockname()[1]
        self.bootstrap = f"127.0.0.1:{self._port}"
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        # A blocked accept only returns once the socket is shut down.
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            broker = socket.create_connection(self._behind)
            waiting: dict[int, tuple[int, int]] = {}
            self._pump(client, broker, partial(self._request, waiting))
            self._pump(broker, client, partial(self._answer, waiting))

    def _pump(
        self, source: socket.socket, target: socket.socket, change: Callable[[bytes], bytes]
    ) -> None:
        def run() -> None:
            try:
                while True:
                    (length,) = struct.unpack(">i", exactly(source, 4))
                    frame = change(exactly(source, length))
                    target.sendall(struct.pack(">i", len(frame)) + frame)
            except OSError:
                pass
            finally:
                for one in (source, target):
                    with contextlib.suppress(OSError):
                        one.shutdown(socket.SHUT_RDWR)

        threading.Thread(target=run, daemon=True).start()

    def _request(self, waiting: dict[int, tuple[int, int]], frame: bytes) -> bytes:
        key, version, correlation = struct.unpack_from(">hhi", frame)
        waiting[correlation] = (key, version)
        return self._defect.request(key, frame)

    def _answer(self, waiting: dict[int, tuple[int, int]], frame: bytes) -> bytes:
        (correlation,) = struct.unpack_from(">i", frame)
        key, version = waiting.pop(correlation)
        if key not in REQUESTS:
            return frame
        request = REQUESTS[key](version=version)
        request.with_header(correlation_id=correlation, client_id="")
        response_class = ResponseClassRegistry.get_response_class(request.header)
        answer = response_class.decode(frame, version=version, header=True)
        self._redirect(key, answer)
        self._defect.answer(key, answer)
        # The library encodes headers of requests only: ours is the one that came.
        header = 5 if response_class.flexible_version_q(version) else 4
        answer._header = None
        return frame[:header] + bytes(answer.encode(version=version))

    def _redirect(self, key: int, answer: Any) -> None:
        if key == MetadataRequest.API_KEY:
            for broker in answer.brokers:
                broker.port = self._port
        if key == FindCoordinatorRequest.API_KEY:
            answer.port = self._port
            for coordinator in answer.coordinators or []:
                coordinator.port = self._port


def exactly(source: socket.socket, count: int) -> bytes:
    data = bytearray()
    while len(data) < count:
        chunk = source.recv(count - len(data))
        if not chunk:
            raise ConnectionError
        data += chunk
    return bytes(data)
