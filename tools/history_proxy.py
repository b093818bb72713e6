"""A proxy that loses and delays answers: what a client asked for is done, and it never hears.

Answers that name the broker's address name the proxy's instead, so that clients stay with it.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import threading
from collections.abc import Coroutine
from typing import Any

from wire.api_keys import ApiKey
from wire.headers import decode_response, encode_response, peek_request

_NAMES_ADDRESS = {
    int(api): api for api in (ApiKey.METADATA, ApiKey.FIND_COORDINATOR, ApiKey.DESCRIBE_CLUSTER)
}
_SIZE = 4
Asked = dict[int, tuple[int, int]]  # correlation id: api key and version


class HistoryProxy:
    """Serves in a thread of its own. Of every answer, a share is lost with its connection and a
    share comes late; both are 0 in the beginning."""

    def __init__(self, upstream: str, seed: int) -> None:
        host, _, port = upstream.rpartition(":")
        self._upstream = (host, int(port))
        self._rng = random.Random(seed)
        self.lost_share = self.late_share = 0.0
        self.longest_delay_s = 1.5
        self.lost = self.late = 0
        self.port = 0
        self._loop = asyncio.new_event_loop()
        self._tasks: set[asyncio.Task[None]] = set()
        listening = threading.Event()
        threading.Thread(target=self._serve, args=(listening,), daemon=True).start()
        listening.wait()

    @property
    def bootstrap(self) -> str:
        return f"127.0.0.1:{self.port}"

    def _serve(self, listening: threading.Event) -> None:
        async def begin() -> None:
            server = await asyncio.start_server(self._connected, "127.0.0.1", 0)
            self.port = server.sockets[0].getsockname()[1]
            listening.set()

        asyncio.set_event_loop(self._loop)
        self._loop.run_until_complete(begin())
        self._loop.run_forever()

    async def _connected(
        self, from_client: asyncio.StreamReader, to_client: asyncio.StreamWriter
    ) -> None:
        try:
            from_broker, to_broker = await asyncio.open_connection(*self._upstream)
        except OSError:
            to_client.close()
            return
        asked: Asked = {}
        ways = (
            self._requests(from_client, to_broker, asked),
            self._answers(from_broker, to_client, asked),
        )
        tasks = [self._spawn(way) for way in ways]
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in tasks:
            task.cancel()
        for end in (to_broker, to_client):
            end.close()

    def _spawn(self, way: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        async def until_gone() -> None:
            with contextlib.suppress(OSError, asyncio.IncompleteReadError):
                await way

        task = asyncio.create_task(until_gone())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def _requests(
        self, source: asyncio.StreamReader, target: asyncio.StreamWriter, asked: Asked
    ) -> None:
        while True:
            frame = await _read_frame(source)
            key, version, correlation_id = peek_request(memoryview(frame))
            asked[correlation_id] = (key, version)
            await _write_frame(target, frame)

    async def _answers(
        self, source: asyncio.StreamReader, target: asyncio.StreamWriter, asked: Asked
    ) -> None:
        while True:
            frame = await _read_frame(source)
            chance = self._rng.random()
            if chance < self.lost_share:
                self.lost += 1
                return
            if chance < self.lost_share + self.late_share:
                self.late += 1
                await asyncio.sleep(self._rng.uniform(0, self.longest_delay_s))
            correlation_id = int.from_bytes(frame[:_SIZE], "big", signed=True)
            key, version = asked.pop(correlation_id, (-1, 0))
            if key in _NAMES_ADDRESS:
                frame = self._readdressed(_NAMES_ADDRESS[key], version, correlation_id, frame)
            await _write_frame(target, frame)

    def _readdressed(self, api: ApiKey, version: int, correlation_id: int, frame: bytes) -> bytes:
        answer = decode_response(frame, api, version)
        # FindCoordinator names one broker until version 3, and a list of them since.
        lists = (getattr(answer, name, None) for name in ("coordinators", "brokers"))
        for named in next(filter(None, lists), [answer]):
            if named.port > 0:
                named.host, named.port = "127.0.0.1", self.port
        return b"".join(encode_response(answer, version, correlation_id))[_SIZE:]


async def _read_frame(source: asyncio.StreamReader) -> bytes:
    return await source.readexactly(int.from_bytes(await source.readexactly(_SIZE), "big"))


async def _write_frame(target: asyncio.StreamWriter, frame: bytes) -> None:
    target.write(len(frame).to_bytes(_SIZE, "big") + frame)
    await target.drain()
