"""The composition root: builds a node over a data folder, opens its doors, runs and stops it."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path

from kbroker.apis import ADVERTISED
from kbroker.clock import SystemClock
from kbroker.config import BrokerConfig, ConfigError
from kbroker.metadata.topic_creation import NewTopic, plan_topic
from kbroker.network.connection_limits import ConnectionLimits
from kbroker.network.host_gateway import host_gateway
from kbroker.network.listener import Listener
from kbroker.network.loop import Loop
from kbroker.network.worker import LoopWorker
from kbroker.node import Node
from kbroker.timers import Timers
from storage import LogDir, LogDirFailed, LogDirLocked, MetaProperties, OsFilesystem
from wire.uuids import random_uuid, uuid_to_text

TEMPORARY_PREFIX = "kbroker-data-"
LOOPBACK = ("127.0.0.1", "::1")
STOP_GRACE_MS = 1000
MAX_PORT = 65535
DEFAULT_LISTENER = "PLAINTEXT"
FORMAT_FILE, FORMAT = "kbroker-format", "1"  # of the data folder as a whole


class Broker:
    """A running broker in this thread. ``data_dir`` None keeps the data in a temporary folder.

    Raises ConfigError, OSError (a door cannot be opened) and storage's LogDirLocked, LogDirFailed,
    UnsupportedFormat.
    """

    def __init__(self, config: BrokerConfig, data_dir: str | None, doors: Sequence[Door]) -> None:
        self._temporary = None if data_dir is not None else _temporary_folder()
        self.data_dir = data_dir or self._temporary or ""
        self.is_temporary = data_dir is None
        clock, timers = SystemClock(), Timers()
        self.loop = Loop(clock, timers, self._complete_ready)
        self._worker = LoopWorker(self.loop)
        _check_format(self.data_dir)
        log_dir = LogDir(self.data_dir, OsFilesystem())
        log_dir.open(
            MetaProperties(
                uuid_to_text(random_uuid()),
                config.integer("node.id"),
                uuid_to_text(random_uuid()),
            )
        )
        Path(self.data_dir, FORMAT_FILE).write_text(f"{FORMAT}\n")
        self.node = Node(config, log_dir, clock, timers, self._worker)
        self.node.advertised_apis = ADVERTISED
        self.node.host_gateway = host_gateway()
        self._clock = clock
        limits = ConnectionLimits(config)
        self.listeners = [
            listener for door in doors for listener in door.open(self.loop, self.node, limits)
        ]
        self.node.load()

    def _complete_ready(self) -> None:
        purgatory = self.node.replicas.purgatory
        if purgatory.has_ready:
            purgatory.complete_ready()

    def create_topic(self, topic: NewTopic) -> None:
        """Creates a topic that is not there yet; leaves one that is. Raises KafkaError."""
        node = self.node
        if node.metadata.image.topic(topic.name) is None:
            plan = plan_topic(topic, node.metadata.image, node.defaults)
            node.metadata.create_topics([plan])

    def open(self) -> None:
        """Lets clients in: everything can be served from here on."""
        for listener in self.listeners:
            listener.open()

    def run(self) -> None:
        """Serves until ``loop.stop`` is called, then answers what is in flight and closes."""
        try:
            self.loop.run()
        finally:
            self.close()

    def close(self) -> None:
        for listener in self.listeners:
            listener.close()
        self.node.replicas.purgatory.expire_all()
        deadline_ms = self._clock.monotonic_ms() + STOP_GRACE_MS
        self.loop.tick(0)
        while self.loop.has_unsent and self._clock.monotonic_ms() < deadline_ms:
            self.loop.tick(0.01)
        self.loop.close()
        self._worker.close()
        self.node.close(clean=self._temporary is None)
        if self._temporary is not None:
            shutil.rmtree(self._temporary, ignore_errors=True)


class Door:
    """One named listener: where it binds, and what its clients are told (None: as they came)."""

    __slots__ = ("advertised", "hosts", "name", "port")

    def __init__(
        self,
        name: str,
        hosts: Sequence[str],
        port: int,
        advertised: tuple[str, int] | None = None,
    ) -> None:
        self.name = name
        self.hosts = hosts
        self.port = port
        self.advertised = advertised

    def open(self, loop: Loop, node: Node, limits: ConnectionLimits) -> list[Listener]:
        """Binds every host to one port; with port 0 the first one chooses it."""
        if not 0 <= self.port <= MAX_PORT:
            raise ConfigError(f"there is no port {self.port}: they end at {MAX_PORT}")
        listeners: list[Listener] = []
        port = self.port
        for host in self.hosts:
            try:
                listener = Listener(loop, node, limits, self.name, host, port)
            except OSError as error:
                if host == "::1" and listeners:
                    continue  # a machine without IPv6
                raise OSError(
                    error.errno, f"cannot listen on {host or '*'}:{port}: {error.strerror}"
                ) from None
            port = listener.address[1]
            listeners.append(listener)
        if self.advertised is not None:
            host, advertised_port = self.advertised
            node.advertised[self.name] = (host, advertised_port or port)
        return listeners


def doors_of(config: BrokerConfig) -> list[Door]:
    """The doors that ``listeners`` and ``advertised.listeners`` describe; those of KRaft's
    controller are left out. Raises ConfigError."""
    advertised = {
        name: (host, port)
        for name, host, port in map(_parse_listener, config.items("advertised.listeners"))
    }
    controllers = config.items("controller.listener.names")
    protocols = dict(
        part.rpartition(":")[::2] for part in config.items("listener.security.protocol.map")
    )
    doors = []
    for text in config.items("listeners"):
        name, host, port = _parse_listener(text)
        if name in controllers:
            continue
        if protocols.get(name) != "PLAINTEXT":
            raise ConfigError(
                f"listener {name} is to speak {protocols.get(name, 'nothing')}: only PLAINTEXT is "
                f"served; name it in listener.security.protocol.map as {name}:PLAINTEXT"
            )
        hosts = LOOPBACK if host == "localhost" else (host,)
        doors.append(Door(name, hosts, port, advertised.get(name)))
    if not doors:
        raise ConfigError("listeners names no listener for clients")
    return doors


def _parse_listener(text: str) -> tuple[str, str, int]:
    name, scheme, address = text.partition("://")
    host, colon, port = address.rpartition(":")
    if not scheme or not colon or not port.isdecimal():
        raise ConfigError(f"{text!r} is no listener: it should look like PLAINTEXT://host:9092")
    return name, host.strip("[]"), int(port)


def parse_advertised(texts: Iterable[str]) -> dict[str, tuple[str, int]]:
    """Addresses by listener, of ``[NAME=]HOST:PORT``; ``auto`` names none. Raises ConfigError."""
    found: dict[str, tuple[str, int]] = {}
    for text in texts:
        name, equals, address = text.rpartition("=")
        if address == "auto":
            continue
        host, colon, port = address.rpartition(":")
        if not colon or not host or not port.isdecimal() or int(port) > MAX_PORT:
            raise ConfigError(f"--advertise {text}: it should look like [NAME=]HOST:PORT, or auto")
        found[name if equals else DEFAULT_LISTENER] = (host.strip("[]"), int(port))
    return found


def _check_format(data_dir: str) -> None:
    """Raises ConfigError for a folder that we would not understand: one of a newer kbroker, or of
    a real Kafka, whose topics stand in a metadata log that is more than ours."""
    path = Path(data_dir, FORMAT_FILE)
    if path.exists():
        written = path.read_text().strip()
        if written != FORMAT:
            raise ConfigError(f"{data_dir} has format {written}; this kbroker knows {FORMAT}")
    elif Path(data_dir, "meta.properties").exists():
        raise ConfigError(
            f"{data_dir} was written by Apache Kafka; give kbroker a folder of its own"
        )


def _temporary_folder() -> str:
    """A new folder; those that killed brokers left behind are removed first."""
    root = tempfile.gettempdir()
    for name in os.listdir(root):
        if name.startswith(TEMPORARY_PREFIX):
            _sweep(os.path.join(root, name))
    return tempfile.mkdtemp(prefix=TEMPORARY_PREFIX)


def _sweep(folder: str) -> None:
    """Removes a folder unless a living broker holds its lock."""
    filesystem = OsFilesystem()
    with contextlib.suppress(OSError):
        lock = filesystem.lock(f"{folder}/.lock")
        shutil.rmtree(folder, ignore_errors=True)
        lock.close()


__all__ = ["Broker", "ConfigError", "Door", "LogDirFailed", "LogDirLocked", "doors_of"]
