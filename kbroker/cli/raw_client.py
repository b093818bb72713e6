"""One connection to a broker and a request at a time: for what no client library shows."""

from __future__ import annotations

import socket
import time
from typing import Any, Self

from kbroker.cli import Failure
from wire.errors import MalformedRequest
from wire.headers import decode_response, encode_request
from wire.schema import Message

MAX_FRAME_BYTES = 100 << 20  # as Kafka has it for requests
LENGTH_SIZE = 4


def parse_address(text: str) -> tuple[str, int]:
    """HOST:PORT, or [IPV6]:PORT. Raises Failure."""
    host, colon, port = text.rpartition(":")
    if not colon or not host or not port.isdecimal() or not 0 < int(port) < 1 << 16:
        raise Failure(f"{text!r} is no address; it should look like localhost:9092")
    return host.removeprefix("[").removesuffix("]"), int(port)


class RawClient:
    """Sends requests or any bytes. ``bootstrap`` is HOST:PORT. Raises OSError where there is no
    broker."""

    def __init__(self, bootstrap: str, timeout_s: float = 30, client_id: str = "raw") -> None:
        self._timeout_s, self._client_id = timeout_s, client_id
        self.socket = socket.create_connection(parse_address(bootstrap), timeout_s)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def ask(self, request: Message, version: int) -> Any:
        """The answer. Raises ConnectionError (the broker hung up, or what it sent is no answer) or
        TimeoutError."""
        api = request.__facts__.api
        assert api is not None
        self.socket.sendall(encode_request(request, version, 1, self._client_id))
        frame = self.read_frame()
        try:
            return decode_response(frame, api, version)
        except MalformedRequest as error:
            raise ConnectionError(f"the answer is none of Kafka's: {error}") from None

    def send_bytes(self, data: bytes) -> None:
        self.socket.sendall(data)

    def send_frame(self, frame: bytes) -> None:
        self.send_bytes(len(frame).to_bytes(LENGTH_SIZE, "big") + frame)

    def read_frame(self, timeout_s: float | None = None) -> bytes:
        """A whole frame without its length, within ``timeout_s``. Raises as ``ask``."""
        deadline = time.monotonic() + (self._timeout_s if timeout_s is None else timeout_s)
        size = int.from_bytes(self._read(LENGTH_SIZE, deadline), "big")
        if size > MAX_FRAME_BYTES:
            raise ConnectionError("the answer is no frame of Kafka's")
        return self._read(size, deadline)

    def _read(self, size: int, deadline: float) -> bytes:
        data = bytearray()
        while len(data) < size:
            self.socket.settimeout(max(deadline - time.monotonic(), 0.001))
            part = self.socket.recv(size - len(data))
            if not part:
                raise ConnectionError("the connection was closed")
            data += part
        return bytes(data)

    def close(self) -> None:
        self.socket.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
