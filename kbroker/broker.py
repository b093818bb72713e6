"""The composition root: builds a node over a data folder, opens its doors, runs and stops it."""

from __future__ import annotations

import contextlib
import os
import resource
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path

from kbroker.apis import ADVERTISED, ADVERTISED_WITH_TELEMETRY
from kbroker.clock import SystemClock
from kbroker.config import BrokerConfig, ConfigError
from kbroker.config_defs import SINGLE_NODE
from kbroker.doors import Door, tell_doors
from kbroker.network.connection_limits import ConnectionLimits
from kbroker.network.host_gateway import host_gateway
from kbroker.network.loop import Loop
from kbroker.network.worker import LoopWorker
from kbroker.node import Node
from kbroker.timers import Timers
from storage import LogDir, LogDirFailed, LogDirLocked, MetaProperties, OsFilesystem
from storage.filesystem import replace_durably
from wire.uuids import random_uuid, uuid_to_text

TEMPORARY_PREFIX = "kbroker-data-"
STOP_GRACE_MS = 1000
MOST_OPEN_SEGMENTS = 1 << 16  # where nothing limits open files
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
        log_dir = LogDir(self.data_dir, OsFilesystem(), open_segments_allowed())
        log_dir.open(
            MetaProperties(
                uuid_to_text(random_uuid()),
                config.integer("node.id"),
                uuid_to_text(random_uuid()),
            )
        )
        _settle_node_id(config, log_dir)
        if not Path(self.data_dir, FORMAT_FILE).exists():
            path = f"{self.data_dir}/{FORMAT_FILE}"
            replace_durably(OsFilesystem(), path, f"{FORMAT}\n".encode())
        self.node = Node(config, log_dir, clock, timers, self._worker)
        self.node.advertised_apis = ADVERTISED
        self.node.advertised_with_telemetry = ADVERTISED_WITH_TELEMETRY
        self.node.host_gateway = host_gateway()
        self._clock = clock
        limits = ConnectionLimits(config)
        self.listeners = [
            listener for door in doors for listener in door.open(self.loop, self.node, limits)
        ]
        tell_doors(config, self.node, self.listeners)
        self.node.load()
        limits.settings_changed()
        self.node.metadata.listen_to_configs(lambda _altered: limits.settings_changed())

    def _complete_ready(self) -> None:
        purgatory = self.node.replicas.purgatory
        if purgatory.has_ready:
            purgatory.complete_ready()

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


def open_segments_allowed() -> int:
    """How many segments may have their file open: half of what the process is allowed once the
    limit is raised, which leaves the other half to connections."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with contextlib.suppress(OSError, ValueError):  # the kernel may have a lower limit of its own
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return MOST_OPEN_SEGMENTS if soft == resource.RLIM_INFINITY else soft // 2


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


def _settle_node_id(config: BrokerConfig, log_dir: LogDir) -> None:
    """The folder knows whose it is. Raises ConfigError if somebody else was asked for."""
    assert log_dir.meta is not None
    stored, asked = str(log_dir.meta.node_id), str(config.integer("node.id"))
    if asked not in (stored, SINGLE_NODE["node.id"]):
        raise ConfigError(
            f"the data is that of node {stored}: set node.id={stored}, or give node {asked} a "
            "folder of its own"
        )
    for name in ("node.id", "broker.id"):
        config.set(name, stored)


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


__all__ = ["Broker", "ConfigError", "LogDirFailed", "LogDirLocked"]
