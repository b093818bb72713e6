"""A broker without sockets: requests as bytes, answers decoded, and a clock moved by hand."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from kbroker.advertised_addresses import AdvertisedAddresses
from kbroker.connection_info import ConnectionInfo
from kbroker.metadata.brokers import NO_QUORUM, BrokerRegistration
from kbroker.metadata.image import MetadataImage
from kbroker.network.inbox import Inbox, ReceiveBuffers
from kbroker.node import Node
from kbroker.replicas.durability import NO_FSYNC, FsyncMode, FsyncPolicy
from kbroker.session import Session
from kbroker.settings.broker_settings import BrokerSettings
from kbroker.timers import Timers
from storage import FileRegion, LogDir, MemoryFilesystem, MetaProperties, OsFilesystem
from storage.filesystem import Filesystem
from wire.api_keys import ApiKey
from wire.headers import decode_response, encode_request
from wire.records import BatchBuilder
from wire.schema import Message

NOW_MS = 1_760_000_000_000
# Their answers do not rest on stored state.
ANSWERED_UNCOMMITTED = {ApiKey.FETCH, ApiKey.JOIN_GROUP, ApiKey.PUSH_TELEMETRY}
CLUSTER_ID = "4L6g3nShT-eMCtK--X86sw"
# For a test that takes long and is not about commits.
COMMITS_AT_ONCE = pytest.mark.parametrize("commits_late", [False], indirect=True)


class ManualClock:
    """Both clocks, moved by hand."""

    def __init__(self) -> None:
        self.elapsed_ms = 0.0

    def now_ms(self) -> int:
        return NOW_MS + int(self.elapsed_ms)

    def monotonic_ms(self) -> float:
        return self.elapsed_ms


def one_broker() -> MetadataImage:
    """A cluster of broker 1, without topics."""
    return MetadataImage().with_broker(BrokerRegistration(1, {}), NO_QUORUM)


class InlineWorker:
    """Runs tasks at once; the real worker runs them in its thread."""

    def submit(self, call: Callable[[], None], then: Callable[[Exception | None], None]) -> None:
        try:
            call()
        except Exception as error:
            then(error)
        else:
            then(None)


class HeldWorker:
    """Keeps tasks until ``step``, which runs one of them."""

    def __init__(self) -> None:
        self._tasks: list[tuple[Callable[[], None], Callable[[Exception | None], None]]] = []

    def submit(self, call: Callable[[], None], then: Callable[[Exception | None], None]) -> None:
        self._tasks.append((call, then))

    def step(self) -> bool:
        """Runs the next task; whether there was one."""
        if not self._tasks:
            return False
        InlineWorker().submit(*self._tasks.pop(0))
        return True


class BrokerDriver:
    """A node over a filesystem in memory, or over a folder. ``restart`` starts it again on the
    stored data.

    With ``commits_late`` each append is synced, and the sync runs after the request was served: the
    answer must not come before it.
    """

    commits_late = False

    def __init__(
        self,
        folder: str | None = None,
        filesystem: Filesystem | None = None,
        endpoints: Mapping[str, tuple[str, int]] | None = None,
        fsync: FsyncPolicy | None = None,
        **settings: str,
    ) -> None:
        self.settings = BrokerSettings(
            {name.replace("_", "."): text for name, text in settings.items()}
        )
        in_memory = filesystem or MemoryFilesystem()
        self.filesystem = in_memory if folder is None else OsFilesystem()
        self.path = folder or "/data"
        self.endpoints = endpoints or {}
        self.clock = ManualClock()
        if fsync is None:
            fsync = FsyncPolicy(FsyncMode.ALWAYS) if self.commits_late else NO_FSYNC
        self.fsync = fsync
        self.receive_buffers = ReceiveBuffers()
        self.start()

    def start(self) -> None:
        self.timers = Timers()
        log_dir = LogDir(self.path, self.filesystem)
        log_dir.open(MetaProperties(CLUSTER_ID, 1, CLUSTER_ID))
        self.worker = InlineWorker() if self.fsync is NO_FSYNC else HeldWorker()
        self.node = Node(
            self.settings,
            log_dir,
            self.clock,
            self.timers,
            self.worker,
            self.worker,
            AdvertisedAddresses(),
            self.fsync,
        )
        self.node.load(self.endpoints)

    def restart(self, *, clean: bool = True) -> None:
        self.node.close(clean=clean)
        self.start()

    def connect(self) -> Client:
        return Client(self)

    def advance(self, ms: float) -> None:
        """Moves the clock by ``ms`` and runs what is due."""
        self.clock.elapsed_ms += ms
        self.timers.expire(self.clock.elapsed_ms)
        self.settle()

    def settle(self) -> None:
        """Does what the loop does after the sockets of a tick, until everything is committed."""
        self.node.replicas.purgatory.complete_ready()
        while isinstance(self.worker, HeldWorker):
            if self.has_uncommitted:
                self.timers.expire(self.clock.elapsed_ms)
            if not self.worker.step():
                return
            self.node.replicas.purgatory.complete_ready()

    @property
    def has_uncommitted(self) -> bool:
        return isinstance(self.worker, HeldWorker) and (
            self.node.metadata._latest is not self.node.metadata.image
            or any(
                partition.high_watermark < partition.log.log_end_offset
                for partition in self.node.replicas.partitions()
            )
        )

    def create_topic(self, name: str, partitions: int = 1, **configs: str) -> bytes:
        """The new topic's id."""
        from wire.messages.create_topics import (
            CreatableTopic,
            CreatableTopicConfig,
            CreateTopicsRequest,
        )

        topic = CreatableTopic(
            name=name,
            num_partitions=partitions,
            replication_factor=1,
            assignments=[],
            configs=[
                CreatableTopicConfig(name=key.replace("_", "."), value=value)
                for key, value in configs.items()
            ],
        )
        request = CreateTopicsRequest(topics=[topic], timeout_ms=1000)
        answer = self.connect().ask(request, 7)
        assert answer.topics[0].error_code == 0, answer
        topic_id: bytes = answer.topics[0].topic_id
        return topic_id


class Client:
    """One connection. ``ask`` sends a request and takes its answer."""

    client_id = "client"

    def __init__(self, driver: BrokerDriver) -> None:
        self._driver = driver
        info = ConnectionInfo("PLAINTEXT", "10.0.0.9", 40001, "10.0.0.1", 9092)
        self.session = Session(driver.node, info, lambda: None)
        self.inbox = Inbox(driver.receive_buffers)
        self._asked: list[tuple[ApiKey, int]] = []
        self._received = bytearray()
        self._correlation_id = 0

    @property
    def closed(self) -> bool:
        return self.session.closing is not None

    def send(self, request: Message, version: int) -> None:
        api = request.__facts__.api
        assert api is not None
        self._asked.append((api, version))
        self._correlation_id += 1
        self.send_bytes(encode_request(request, version, self._correlation_id, self.client_id))

    def send_bytes(self, data: bytes) -> None:
        position = 0
        were_uncommitted = self._driver.has_uncommitted
        while position < len(data):
            room = self.inbox.room()
            assert room, "nothing can be received any more"
            size = min(len(room), len(data) - position)
            room[:size] = data[position : position + size]
            self.inbox.received(size)
            self._serve()
            position += size
        if self._driver.has_uncommitted and self._asked and not were_uncommitted:
            waits = not self.session.output or self._asked[0][0] in ANSWERED_UNCOMMITTED
            assert waits, f"{self._asked[0]} was answered before it was committed"
        self._driver.settle()

    def _serve(self) -> None:
        self.inbox.consumed(self.session.serve(self.inbox.unserved))

    def answers(self) -> list[Any]:
        """The answers since the last call, decoded; records as bytes."""
        for part in self.session.output:
            data = part.read() if isinstance(part, FileRegion) else part
            self.session.sent(len(data))
            self._received += data
        self.session.output.clear()
        self._serve()
        found = []
        while len(self._received) >= 4:
            size = int.from_bytes(self._received[:4], "big")
            if len(self._received) < 4 + size:
                break
            frame = bytes(self._received[4 : 4 + size])
            found.append(decode_response(frame, *self._asked.pop(0)))
            del self._received[: 4 + size]
        return found

    def ask(self, request: Message, version: int) -> Any:
        self.send(request, version)
        answers = self.answers()
        assert len(answers) == 1, f"{len(answers)} answers; closing: {self.session.closing}"
        return answers[0]


def batch(*values: bytes | None, key: bytes | None = None, **fields: Any) -> bytes:
    """A batch of records with these values, timestamped now."""
    builder = BatchBuilder(**fields)
    for value in values:
        builder.append(timestamp=NOW_MS, key=key, value=value)
    return builder.build()
