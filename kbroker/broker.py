"""The composition root: builds a node over a data folder, binds, runs and stops it."""

from __future__ import annotations

import contextlib
import os
import resource
from collections.abc import Sequence

from kbroker import temporary_data
from kbroker.advertised_addresses import AdvertisedAddresses
from kbroker.clock import SystemClock
from kbroker.network.connection_limits import ConnectionLimits
from kbroker.network.endpoints import bind_listener
from kbroker.network.host_gateway import host_gateway
from kbroker.network.loop import Loop
from kbroker.network.worker import LoopWorker
from kbroker.node import Node
from kbroker.replicas.durability import NO_FSYNC, FsyncPolicy
from kbroker.settings.broker_settings import BrokerSettings
from kbroker.settings.definitions import SINGLE_NODE
from kbroker.settings.listeners import (
    Endpoint,
    ListenerSettings,
    advertised_endpoints,
    show_bound,
)
from kbroker.settings.setting import SettingError
from kbroker.timers import Timers
from storage import (
    CleanProcess,
    LogDir,
    LogDirFailed,
    LogDirLocked,
    MetaProperties,
    OsFilesystem,
    StorageError,
)
from wire.uuids import random_uuid, uuid_to_text

STOP_GRACE_MS = 1000
MOST_OPEN_SEGMENTS = 1 << 16  # where open files are not limited
FORMAT_FILE, FORMAT = "kbroker-format", "1"  # of the data folder as a whole


class Broker:
    """A broker that runs in this thread. With ``data_dir`` None its data is in a temporary folder.
    ``failure`` is the error of the log directory that stopped it, or None.

    Raises SettingError, OSError (an address cannot be bound) and storage's LogDirLocked,
    LogDirFailed, UnsupportedFormat.
    """

    def __init__(
        self,
        settings: BrokerSettings,
        data_dir: str | None,
        listeners: Sequence[ListenerSettings],
        fsync: FsyncPolicy = NO_FSYNC,
    ) -> None:
        self.is_temporary = data_dir is None
        self.data_dir = temporary_data.new_folder() if data_dir is None else data_dir
        clock, timers = SystemClock(), Timers()
        self.loop = Loop(clock, timers, self._complete_ready)
        self._worker = LoopWorker(self.loop)
        self._cleaner_worker = LoopWorker(self.loop)
        self._clean_process = CleanProcess()
        self.failure: StorageError | None = None
        log_dir = self._open_log_dir(settings)
        addresses = AdvertisedAddresses(host_gateway())
        self.node = Node(
            settings,
            log_dir,
            clock,
            timers,
            self._worker,
            self._cleaner_worker,
            addresses,
            fsync,
        )
        self._clock = clock
        limits = ConnectionLimits(settings)
        self.listeners = [
            listener
            for wanted in listeners
            for listener in bind_listener(wanted, self.loop, self.node, limits)
        ]
        bound = [Endpoint(listener.name, *listener.address) for listener in self.listeners]
        endpoints = advertised_endpoints(listeners, bound)
        show_bound(settings, bound, endpoints)
        self.node.load(endpoints)
        limits.settings_changed()
        self.node.metadata.listen_to_configs(lambda _altered: limits.settings_changed())

    def _open_log_dir(self, settings: BrokerSettings) -> LogDir:
        _settle_format(self.data_dir)
        log_dir = LogDir(
            self.data_dir, OsFilesystem(), open_segments_allowed(), self._clean_process.run
        )
        log_dir.open(
            MetaProperties(
                uuid_to_text(random_uuid()),
                settings.integer("node.id"),
                uuid_to_text(random_uuid()),
            )
        )
        log_dir.when_failed(self._stop_failed)
        _settle_node_id(settings, log_dir)
        return log_dir

    def _complete_ready(self) -> None:
        self.node.replicas.purgatory.complete_ready()

    def open(self) -> None:
        """Starts to accept clients on all listeners."""
        for listener in self.listeners:
            listener.open()

    def run(self) -> None:
        """Serves until ``loop.stop`` is called, then answers what is in flight and closes."""
        try:
            self.loop.run()
        finally:
            self.close()

    def _stop_failed(self, error: StorageError) -> None:
        """Stops the broker when its log directory fails, as Kafka does when the last one fails.
        May be called on any thread."""
        self.failure = error
        self.loop.stop()
        self.loop.wake()

    def close(self) -> None:
        for listener in self.listeners:
            listener.close()
        self.node.replicas.purgatory.expire_all()
        deadline_ms = self._clock.monotonic_ms() + STOP_GRACE_MS
        self.loop.tick(0)
        while self.loop.has_unsent and self._clock.monotonic_ms() < deadline_ms:
            self.loop.tick(0.01)
        self.loop.close()
        self._clean_process.stop()
        self._worker.close()
        self._cleaner_worker.close()
        self.node.close(clean=not self.is_temporary)
        if self.is_temporary:
            temporary_data.remove(self.data_dir)


def open_segments_allowed() -> int:
    """How many segments may have their file open: half of the process's limit, after raising it.
    The other half is for connections."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with contextlib.suppress(OSError, ValueError):  # the kernel may have a lower limit of its own
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return MOST_OPEN_SEGMENTS if soft == resource.RLIM_INFINITY else soft // 2


def _settle_format(data_dir: str) -> None:
    """Writes the format of a new folder before any other file is there. Raises SettingError for the
    folder of a newer kbroker, or of a real Kafka, whose records kbroker does not all know."""
    filesystem, path = OsFilesystem(), os.path.join(data_dir, FORMAT_FILE)
    if filesystem.exists(path):
        written = filesystem.read(path).decode().strip()
        if written == FORMAT:
            return
        if written:  # else a power failure tore it
            raise SettingError(f"{data_dir} has format {written}; this kbroker knows {FORMAT}")
    elif filesystem.exists(os.path.join(data_dir, "meta.properties")):
        raise SettingError(
            f"{data_dir} was written by Apache Kafka; give kbroker a folder of its own"
        )
    # Its name is synced together with that of meta.properties.
    filesystem.make_folders(data_dir)
    filesystem.replace(path, f"{FORMAT}\n".encode())


def _settle_node_id(settings: BrokerSettings, log_dir: LogDir) -> None:
    """Takes the node id from the folder. Raises SettingError where the settings ask for another."""
    assert log_dir.meta is not None
    stored, asked = str(log_dir.meta.node_id), str(settings.integer("node.id"))
    if asked not in (stored, SINGLE_NODE["node.id"]):
        raise SettingError(
            f"the data is that of node {stored}: set node.id={stored}, or give node {asked} a "
            "folder of its own"
        )
    for name in ("node.id", "broker.id"):
        settings.set(name, stored)


__all__ = ["Broker", "SettingError", "LogDirFailed", "LogDirLocked"]
