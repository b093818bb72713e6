"""The loop: one thread that owns all state and serves sockets, answers and timers in turns.

One tick: wait for sockets, serve the readable ones, run posted calls and timers, complete the
requests that became ready, send. It is not asyncio, whose transports can neither send from files
(os.sendfile) nor share one receive buffer.
"""

from __future__ import annotations

import selectors
import socket
from collections import deque
from collections.abc import Callable
from typing import Protocol

from kbroker.clock import Clock
from kbroker.isolation import run_isolated
from kbroker.network.inbox import ReceiveBuffers
from kbroker.timers import Timers

READ, WRITE = selectors.EVENT_READ, selectors.EVENT_WRITE


class SocketHandler(Protocol):
    """A connection or listener: what a socket is registered with."""

    @property
    def has_unsent(self) -> bool: ...

    def ready(self, readable: bool, writable: bool) -> None: ...

    def close(self) -> None: ...


class EndsTick(Protocol):
    def finish_tick(self) -> None: ...


class Loop:
    """``marked`` are the connections that have something to send; ``buffers`` is where all of them
    receive, ``now_ms`` is the monotonic time of this tick. ``complete_ready`` is called once per
    tick, after the readable sockets."""

    def __init__(self, clock: Clock, timers: Timers, complete_ready: Callable[[], None]) -> None:
        self._clock = clock
        self._timers = timers
        self._complete_ready = complete_ready
        self._selector = selectors.DefaultSelector()
        self._registered: set[SocketHandler] = set()
        self._posted: deque[Callable[[], None]] = deque()
        self._wake_sender, self._wake_receiver = socket.socketpair()
        self._wake_sender.setblocking(False)
        self._wake_receiver.setblocking(False)
        self._selector.register(self._wake_receiver, READ, _WakeUps(self._wake_receiver))
        self._stopping = False
        self.buffers = ReceiveBuffers()
        self.now_ms = clock.monotonic_ms()
        self.marked: list[EndsTick] = []

    # -- for connections and listeners -----------------------------------------------------------

    def register(self, sock: socket.socket, handler: SocketHandler) -> None:
        self._selector.register(sock, READ, handler)
        self._registered.add(handler)

    def modify(
        self, sock: socket.socket, handler: SocketHandler, reading: bool, writing: bool
    ) -> None:
        events = (READ if reading else 0) | (WRITE if writing else 0)
        if sock in self._selector.get_map():
            if events:
                self._selector.modify(sock, events, handler)
            else:
                self._selector.unregister(sock)
        elif events:
            self._selector.register(sock, events, handler)

    def unregister(self, sock: socket.socket, handler: SocketHandler) -> None:
        if sock in self._selector.get_map():
            self._selector.unregister(sock)
        self._registered.discard(handler)

    # -- for other threads and signal handlers ---------------------------------------------------

    def post(self, call: Callable[[], None]) -> None:
        """Runs ``call`` in the loop's thread, soon. Safe from any thread."""
        self._posted.append(call)
        self.wake()

    def wake(self) -> None:
        try:
            self._wake_sender.send(b"\0")
        except BlockingIOError:
            pass  # it has been woken already

    @property
    def wake_fileno(self) -> int:
        """For ``signal.set_wakeup_fd``: a signal then ends the wait."""
        return self._wake_sender.fileno()

    def stop(self) -> None:
        """Ends ``run`` after the current tick. Safe in a signal handler."""
        self._stopping = True

    # -- the tick --------------------------------------------------------------------------------

    def run(self) -> None:
        while not self._stopping:
            self.tick(self._timeout_s())

    def tick(self, timeout_s: float | None) -> None:
        ready = self._selector.select(timeout_s)
        self.now_ms = self._clock.monotonic_ms()
        for key, events in ready:
            key.data.ready(bool(events & READ), bool(events & WRITE))
        while self._posted:
            run_isolated(self._posted.popleft())
        run_isolated(self._expire_timers)
        run_isolated(self._complete_ready)
        self._finish()

    def _expire_timers(self) -> None:
        self._timers.expire(self._clock.monotonic_ms())

    def _finish(self) -> None:
        marked, self.marked = self.marked, []
        for connection in marked:
            run_isolated(connection.finish_tick)

    def _timeout_s(self) -> float | None:
        if self.marked:
            return 0
        deadline_ms = self._timers.next_deadline()
        if deadline_ms is None:
            return None
        return max(0.0, (deadline_ms - self._clock.monotonic_ms()) / 1000)

    @property
    def has_unsent(self) -> bool:
        return any(handler.has_unsent for handler in self._registered)

    def close(self) -> None:
        """Closes every connection and listener that is left, and the loop itself."""
        for handler in list(self._registered):
            handler.close()
        self._selector.close()
        self._wake_sender.close()
        self._wake_receiver.close()


class _WakeUps:
    """Swallows the bytes that woke the loop."""

    def __init__(self, sock: socket.socket) -> None:
        self._socket = sock

    def ready(self, readable: bool, writable: bool) -> None:
        try:
            while self._socket.recv(4096):
                pass
        except BlockingIOError:
            pass

    def close(self) -> None:
        self._socket.close()
