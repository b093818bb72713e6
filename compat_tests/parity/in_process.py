"""A kbroker in this process for stories: no sockets, and time passes only while a client waits."""

from __future__ import annotations

from kbroker.connection_info import ConnectionInfo
from kbroker.network.inbox import Inbox, ReceiveBuffers
from kbroker.session import Session
from storage import FileRegion, MemoryFilesystem
from tests.drivers import NOW_MS, BrokerDriver

LENGTH_SIZE = 4
REQUEST_MS = 1  # how long a request is under way


class _WithRoom(MemoryFilesystem):
    def volume_bytes(self, path: str) -> tuple[int, int]:
        return 1 << 40, 1 << 39


class InProcess:
    """A ``Reach`` of a new broker at ``now_ms``. ``settings`` are Kafka's."""

    def __init__(self, now_ms: int, settings: dict[str, str]) -> None:
        self._driver = BrokerDriver(
            filesystem=_WithRoom(),
            endpoints={"PLAINTEXT": ("127.0.0.1", 9092)},
            **{name.replace(".", "_"): value for name, value in settings.items()},
        )
        self._driver.advance(now_ms - NOW_MS)

    def connect(self) -> InProcessConnection:
        return InProcessConnection(self._driver)

    def monotonic_s(self) -> float:
        return self._driver.clock.elapsed_ms / 1000

    def now_ms(self) -> int:
        return self._driver.clock.now_ms()

    def sleep(self, seconds: float) -> None:
        self._driver.advance(seconds * 1000)

    def restart(self, *, clean: bool) -> None:
        self._driver.restart(clean=clean)


class InProcessConnection:
    """A session of the broker, and what it has sent."""

    def __init__(self, driver: BrokerDriver) -> None:
        self._driver = driver
        info = ConnectionInfo("PLAINTEXT", "127.0.0.1", 40001, "127.0.0.1", 9092)
        self._session = Session(driver.node, info, lambda: None)
        self._inbox = Inbox(ReceiveBuffers())
        self._received = bytearray()

    def send_frame(self, frame: bytes) -> None:
        self.send_bytes(len(frame).to_bytes(LENGTH_SIZE, "big") + frame)

    def send_bytes(self, data: bytes) -> None:
        self._driver.advance(REQUEST_MS)
        position = 0
        while position < len(data) and self._session.closing is None:
            room = self._inbox.room()
            size = min(len(room), len(data) - position)
            room[:size] = data[position : position + size]
            self._inbox.received(size)
            self._serve()
            position += size

    def _serve(self) -> None:
        self._inbox.consumed(self._session.serve(self._inbox.unserved))
        self._driver.settle()
        for part in self._session.output:
            data = part.read() if isinstance(part, FileRegion) else part
            self._session.sent(len(data))
            self._received += data
        self._session.output.clear()

    def read_frame(self, timeout_s: float | None = None) -> bytes:
        assert timeout_s is not None
        deadline_ms = self._driver.clock.elapsed_ms + timeout_s * 1000
        while (frame := self._next_frame()) is None:
            if self._session.closing is not None:
                raise ConnectionError(self._session.closing)
            timer_ms = self._driver.timers.next_deadline()
            now_ms = self._driver.clock.elapsed_ms
            if timer_ms is None or timer_ms > deadline_ms:
                self._driver.advance(deadline_ms - now_ms)
                raise TimeoutError
            self._driver.advance(max(timer_ms - now_ms, 0))
        return frame

    def _next_frame(self) -> bytes | None:
        self._serve()
        size = int.from_bytes(self._received[:LENGTH_SIZE], "big")
        if len(self._received) < LENGTH_SIZE + size or len(self._received) < LENGTH_SIZE:
            return None
        frame = bytes(self._received[LENGTH_SIZE : LENGTH_SIZE + size])
        del self._received[: LENGTH_SIZE + size]
        return frame

    def close(self) -> None:
        self._session.close()
        self._driver.settle()
