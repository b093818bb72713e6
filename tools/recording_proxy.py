"""A TCP proxy between clients and a broker that keeps one exchange of each API version."""

from __future__ import annotations

import socket
import threading
from typing import NamedTuple

from tools.decode_frames import frames
from wire.errors import MalformedRequest
from wire.headers import peek_request


class Exchange(NamedTuple):
    """A request and its answer, as frames without their sizes, and who asked."""

    origin: str
    request: bytes
    response: bytes


class RecordingProxy:
    """Listens on ``port``, talks to ``upstream``; ``recorded`` has the first exchange of each
    (api key, version). ``origin`` says who uses the proxy at present."""

    def __init__(self, port: int, upstream: tuple[str, int]) -> None:
        self._upstream = upstream
        self._listening = socket.create_server(("127.0.0.1", port))
        self.origin = ""
        self.recorded: dict[tuple[int, int], Exchange] = {}
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listening.accept()
            except OSError:
                return
            broker = socket.create_connection(self._upstream)
            asked: dict[int, bytes] = {}
            for source, target, note in (
                (client, broker, self._asked),
                (broker, client, self._answered),
            ):
                threading.Thread(
                    target=self._pump, args=(source, target, note, asked), daemon=True
                ).start()

    def _pump(
        self, source: socket.socket, target: socket.socket, note: object, asked: dict[int, bytes]
    ) -> None:
        assert callable(note)
        buffer = bytearray()
        try:
            while data := source.recv(1 << 16):
                buffer += data
                for frame in frames(buffer):
                    note(bytes(frame), asked)
                target.sendall(data)
        except OSError:
            pass  # either side hung up; the other is told
        for end in (source, target):
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def _asked(self, frame: bytes, asked: dict[int, bytes]) -> None:
        try:
            _, _, correlation_id = peek_request(memoryview(frame))
        except MalformedRequest:
            return
        asked[correlation_id] = frame

    def _answered(self, frame: bytes, asked: dict[int, bytes]) -> None:
        request = asked.pop(int.from_bytes(frame[:4], "big", signed=True), None)
        if request is not None:
            key, version, _ = peek_request(memoryview(request))
            self.recorded.setdefault((key, version), Exchange(self.origin, request, frame))

    def close(self) -> None:
        self._listening.close()
