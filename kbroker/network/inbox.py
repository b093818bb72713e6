"""Bytes that a connection has received and not served yet, with little copying.

All connections of a loop receive into one shared buffer, and most leave nothing in it. A small rest
is copied into a buffer of the connection's own. A large rest, the start of a large frame, is not
copied: the connection keeps the shared buffer and receives the rest of the frame into it, and the
loop takes another one. A connection never holds more than a small multiple of the bytes received,
whatever size a frame announces.
"""

from __future__ import annotations

# Fits a frame of message.max.bytes, the largest that clients send by default.
SHARED_BYTES = (1 << 20) + (1 << 16)
# A rest of this size keeps the shared buffer, which is then at most 17 times as large.
KEEP_BYTES = 1 << 16
# How many returned buffers are kept for later large frames.
MAX_SPARE = 4


class ReceiveBuffers:
    """The shared buffer of one loop, and spare ones that connections have returned."""

    __slots__ = ("_spare", "shared")

    def __init__(self) -> None:
        self.shared = memoryview(bytearray(SHARED_BYTES))
        self._spare: list[memoryview] = []

    def take(self) -> memoryview:
        """Hands out the shared buffer, and replaces it by another."""
        taken = self.shared
        self.shared = self._spare.pop() if self._spare else memoryview(bytearray(SHARED_BYTES))
        return taken

    def give_back(self, buffer: memoryview) -> None:
        if len(buffer) == SHARED_BYTES and len(self._spare) < MAX_SPARE:
            self._spare.append(buffer)


class Inbox:
    """The receive buffer of one connection: ``unserved`` is received and not yet consumed."""

    __slots__ = ("_buffers", "_end", "_own", "_start")

    def __init__(self, buffers: ReceiveBuffers) -> None:
        self._buffers = buffers
        self._own: memoryview | None = None
        self._start = self._end = 0

    def room(self) -> memoryview:
        """Where the next bytes go; never empty."""
        if self._own is None:
            return self._buffers.shared
        if self._end == len(self._own):
            self._make_room(self._own)
        return self._own[self._end :]

    def received(self, size: int) -> None:
        self._end += size

    @property
    def unserved(self) -> memoryview:
        buffer = self._buffers.shared if self._own is None else self._own
        return buffer[self._start : self._end]

    @property
    def is_empty(self) -> bool:
        return self._start == self._end

    def consumed(self, size: int) -> None:
        """The first ``size`` bytes are served; keeps the rest beyond this turn of the loop."""
        self._start += size
        rest = self._end - self._start
        if rest == 0:
            self.clear()
        elif self._own is None and rest >= KEEP_BYTES:
            self._own = self._buffers.take()
        elif self._own is None:
            self._move(self._buffers.shared, max(2 * rest, 512))

    def clear(self) -> None:
        """Drops all bytes and returns the connection's buffer, if it has one."""
        if self._own is not None:
            self._buffers.give_back(self._own)
            self._own = None
        self._start = self._end = 0

    def _make_room(self, own: memoryview) -> None:
        """Moves the rest to the front of a half-empty buffer, else into one twice as large."""
        if self._start * 2 >= len(own):
            rest = self._end - self._start
            own[:rest] = own[self._start : self._end]
            self._start, self._end = 0, rest
        else:
            self._move(own, 2 * len(own))
            self._buffers.give_back(own)

    def _move(self, source: memoryview, size: int) -> None:
        rest = self._end - self._start
        buffer = memoryview(bytearray(size))
        buffer[:rest] = source[self._start : self._end]
        self._own = buffer
        self._start, self._end = 0, rest
