"""A bare connection: frames out, frames in, and nothing known of what they mean."""

from __future__ import annotations

import socket
import struct
import time


class ClosedError(Exception):
    """The broker closed the connection."""


class WireConnection:
    """One TCP connection to a broker, with deadlines on everything."""

    def __init__(self, bootstrap: str) -> None:
        host, port = bootstrap.rsplit(":", 1)
        self._socket = socket.create_connection((host, int(port)), timeout=10)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def send_frame(self, frame: bytes) -> None:
        self.send_bytes(struct.pack(">i", len(frame)) + frame)

    def send_bytes(self, data: bytes) -> None:
        """As they are: half frames and lies about lengths included."""
        try:
            self._socket.sendall(data)
        except (BrokenPipeError, ConnectionResetError):
            pass  # that it is closed shows when the answer is read

    def receive_frame(self, timeout_s: float) -> bytes:
        """One whole frame without its length; ClosedError, or TimeoutError when nothing comes."""
        deadline = time.monotonic() + timeout_s
        (length,) = struct.unpack(">i", self._receive(4, deadline))
        return self._receive(length, deadline)

    def _receive(self, count: int, deadline: float) -> bytes:
        chunks = bytearray()
        while len(chunks) < count:
            self._socket.settimeout(max(deadline - time.monotonic(), 0.001))
            try:
                chunk = self._socket.recv(min(count - len(chunks), 1 << 20))
            except ConnectionError as error:
                raise ClosedError from error
            if not chunk:
                raise ClosedError
            chunks += chunk
        return bytes(chunks)

    def close(self) -> None:
        self._socket.close()
