"""One client socket: gives received bytes to its session, and sends the session's output."""

from __future__ import annotations

import os
import socket
from typing import Any

from kbroker.connection_info import ConnectionInfo
from kbroker.network.connection_limits import ConnectionLimits
from kbroker.network.inbox import Inbox
from kbroker.network.loop import Loop
from kbroker.node import Node
from kbroker.session import Session
from storage import FileRegion

MAX_BUFFERS = 64  # of one sendmsg; far below any IOV_MAX
# Up to this size a region is read and sent together with its header: cheaper than sendfile.
READ_REGION_BYTES = 16 * 1024
# Where the platform has no sendfile, a region is read and sent in pieces of this size.
PIECE_BYTES = 256 * 1024
# What a connection sends in one turn: a client that reads fast must not delay the others.
TURN_BYTES = 1 << 20
MORE = getattr(socket, "MSG_MORE", 0)
_sendfile = getattr(os, "sendfile", None)


class Connection:
    """A connection; ``limits`` counts it while it is open."""

    __slots__ = (
        "_active_ms", "_inbox", "_info", "_limits", "_loop", "_marked", "_max_idle_ms",
        "_reading", "_socket", "_timers", "_writing", "session",
    )  # fmt: skip

    def __init__(
        self,
        loop: Loop,
        sock: socket.socket,
        node: Node,
        info: ConnectionInfo,
        limits: ConnectionLimits,
    ) -> None:
        self._loop = loop
        self._info = info
        self._limits = limits
        self._socket = sock
        self._inbox = Inbox(loop.buffers)
        self._marked = False
        self._reading = True
        self._writing = False
        self.session = Session(node, info, self._mark)
        self._timers = node.timers
        self._active_ms = loop.now_ms
        self._max_idle_ms = node.settings.integer("connections.max.idle.ms")
        loop.register(sock, self)
        limits.opened(info.client_host)
        self._watch_idleness()

    def _watch_idleness(self) -> None:
        """Closes the connection ``connections.max.idle.ms`` after its socket was last used."""
        deadline_ms = self._active_ms + self._max_idle_ms
        if self._max_idle_ms < 0:
            return
        if deadline_ms <= self._loop.now_ms:
            self.close()
        else:
            self._timers.schedule(self, deadline_ms, self._watch_idleness)

    def _mark(self) -> None:
        """Asks the loop to call ``finish_tick`` at the end of the tick."""
        if not self._marked:
            self._marked = True
            self._loop.marked.append(self)

    @property
    def has_unsent(self) -> bool:
        return bool(self.session.output)

    def ready(self, readable: bool, writable: bool) -> None:
        self._active_ms = self._loop.now_ms
        if writable:
            self._mark()
        if readable:
            self._receive()

    def _receive(self) -> None:
        """Reads once. A client's end of stream is handled after all that it sent was served: a
        client that closed only its sending side still gets its answers."""
        session = self.session
        try:
            if session.blocked:
                self._socket.recv(1, socket.MSG_PEEK)  # only to notice a broken connection
                self._want(reading=False, writing=self._writing)
                return
            size = self._socket.recv_into(self._inbox.room())
        except (BlockingIOError, InterruptedError):
            return
        except OSError:
            self.close()
            return
        # Marked: a turn is still to come, for requests that were received before.
        if size == 0 and (session.output or self._marked):
            self._want(reading=False, writing=True)
            return
        if size == 0:
            self.close()
            return
        self._inbox.received(size)
        self._serve()
        if session.output or session.turn_over or session.closing is not None:
            self._mark()

    def _serve(self) -> None:
        self._inbox.consumed(self.session.serve(self._inbox.unserved))

    def finish_tick(self) -> None:
        """Sends the output, and serves requests that waited for that, while the socket takes the
        answers. After one turn the connection is marked again, so that others have theirs."""
        self._marked = False
        session = self.session
        has_had_its_turn = False
        while self._flush():
            if session.closing is not None:
                self.close()
                return
            if self._inbox.is_empty:
                self._want(reading=True, writing=False)
                return
            if has_had_its_turn:
                self._mark()
                return
            self._serve()
            has_had_its_turn = True
            if not session.output and not session.turn_over and session.closing is None:
                self._want(reading=True, writing=False)
                return

    def _flush(self) -> bool:
        """Whether everything is sent. The rest is sent in the next turn, or when the socket is
        writable."""
        session = self.session
        output = session.output
        room = TURN_BYTES
        try:
            while output:
                if room <= 0:
                    self._mark()
                    return False
                sent = self._send(output, room)
                session.sent(sent)
                room -= sent
        except (BlockingIOError, InterruptedError):
            self._want(reading=self._reading, writing=True)
            return False
        except OSError:
            self.close()
            return False
        return True

    def _send(self, output: list[Any], room: int) -> int:
        """Sends some of the output, of a file at most ``room`` bytes; returns how many bytes.
        Raises what sockets raise."""
        first = output[0]
        if isinstance(first, FileRegion):
            return self._send_region(output, first, room)
        if len(output) == 1:  # the usual answer
            sent = self._socket.send(first)
            _drop(output, output, sent)
            return sent
        buffers: list[Any] = []
        more = 0
        for part in output:
            if not isinstance(part, FileRegion):
                buffers.append(part)
            elif len(part) <= READ_REGION_BYTES:
                buffers.append(part.read())
            else:
                more = MORE
                break
            if len(buffers) == MAX_BUFFERS:
                break
        if len(buffers) == 1 and not more:
            sent = self._socket.send(buffers[0])
        else:
            sent = self._socket.sendmsg(buffers, (), more)
        _drop(output, buffers, sent)
        return sent

    def _send_region(self, output: list[Any], region: FileRegion, room: int) -> int:
        fileno = _descriptor(region)
        if fileno is None:
            piece = region.file.read(region.position, min(len(region), PIECE_BYTES))
            sent = self._socket.send(piece)
        else:
            assert _sendfile is not None
            sent = _sendfile(self._socket.fileno(), fileno, region.position, min(len(region), room))
        if sent == 0:
            raise OSError("a file region ended early")
        if sent == len(region):
            del output[0]
        else:
            output[0] = FileRegion(region.file, region.position + sent, len(region) - sent)
        return sent

    def _want(self, reading: bool, writing: bool) -> None:
        if (reading, writing) != (self._reading, self._writing):
            self._reading, self._writing = reading, writing
            self._loop.modify(self._socket, self, reading, writing)

    def close(self) -> None:
        """Safe to call twice."""
        if self._socket.fileno() < 0:
            return
        self._loop.unregister(self._socket, self)
        self._socket.close()
        self._timers.cancel(self)
        self._limits.closed(self._info.client_host)
        self._inbox.clear()
        self.session.close()


def _drop(output: list[Any], buffers: list[Any], sent: int) -> None:
    """Removes so many bytes of the output, whose first parts are ``buffers``."""
    done = 0
    for buffer in buffers:
        if sent < len(buffer):
            output[done] = memoryview(buffer)[sent:]
            break
        sent -= len(buffer)
        done += 1
        if sent == 0:
            break
    del output[:done]


def _descriptor(region: FileRegion) -> int | None:
    """The descriptor for sendfile; None for a file in memory, and where there is no sendfile."""
    if _sendfile is None:
        return None
    try:
        return region.file.fileno()
    except OSError:
        return None
