"""A directory of logs: its layout, lock, identity, checkpoints, and deletion in two steps."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping

from storage.checkpoints import (
    HIGH_WATERMARK_FILE,
    LOG_START_FILE,
    RECOVERY_POINT_FILE,
    TopicPartition,
    read_offsets,
    write_offsets,
)
from storage.config import LogConfig
from storage.errors import LogDirLocked, StorageError, fails_log_dir
from storage.filesystem import File, Filesystem
from storage.log import Log
from storage.meta_properties import MetaProperties
from storage.open_segments import OpenSegments
from storage.partition_metadata import read_topic_id, write_topic_id
from storage.recovery import load

_CLEAN_SHUTDOWN_FILE = ".kafka_cleanshutdown"
_DELETED_SUFFIX = "-delete"
_STRAY_SUFFIX = "-stray"


class LogDir:
    """The logs under ``path``, of which at most ``open_files`` segments have their file open.

    After ``open()``: ``meta`` tells whose directory it is, ``was_clean`` whether the last stop was
    clean, and ``high_watermarks`` holds what was checkpointed. Any method may raise LogDirFailed.
    """

    __slots__ = (
        "_condemned",
        "_lock",
        "_log_starts",
        "_logs",
        "_open_segments",
        "_recovery_points",
        "failed",
        "filesystem",
        "high_watermarks",
        "meta",
        "path",
        "was_clean",
    )

    def __init__(self, path: str, filesystem: Filesystem, open_files: int = 512) -> None:
        self.path = path
        self.filesystem = filesystem
        self.failed: StorageError | None = None
        self.meta: MetaProperties | None = None
        self.was_clean = False
        self.high_watermarks: dict[TopicPartition, int] = {}
        self._logs: dict[TopicPartition, Log] = {}
        self._recovery_points: dict[TopicPartition, int] = {}
        self._log_starts: dict[TopicPartition, int] = {}
        self._open_segments = OpenSegments(open_files)
        self._condemned: list[str] = []
        self._lock: File | None = None

    @fails_log_dir
    def open(self, identity: MetaProperties) -> None:
        """Locks the directory, creating it where missing, and reads its checkpoints.

        ``identity`` is written to a new directory; of an old one, ``meta`` tells what is there.

        Raises LogDirLocked, UnsupportedFormat.
        """
        self.filesystem.make_folders(self.path)
        try:
            self._lock = self.filesystem.lock(self._file(".lock"))
        except BlockingIOError:
            raise LogDirLocked(f"{self.path} is in use by another process") from None
        try:
            self._read(identity)
        except Exception:
            self._unlock()
            raise

    def _read(self, identity: MetaProperties) -> None:
        filesystem = self.filesystem
        self.meta = MetaProperties.read(filesystem, self._file("meta.properties"))
        if self.meta is None:
            self.meta = identity
            identity.write(filesystem, self._file("meta.properties"))
        self.was_clean = filesystem.exists(self._file(_CLEAN_SHUTDOWN_FILE))
        if self.was_clean:
            filesystem.remove(self._file(_CLEAN_SHUTDOWN_FILE))
        self._recovery_points = read_offsets(filesystem, self._file(RECOVERY_POINT_FILE))
        self._log_starts = read_offsets(filesystem, self._file(LOG_START_FILE))
        self.high_watermarks = read_offsets(filesystem, self._file(HIGH_WATERMARK_FILE))
        names = filesystem.list(self.path)
        self._condemned += [self._file(name) for name in names if name.endswith(_DELETED_SUFFIX)]

    def _unlock(self) -> None:
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    def _file(self, name: str) -> str:
        return f"{self.path}/{name}"

    def volume_bytes(self) -> tuple[int, int]:
        """(size, room for us) of the volume that the folder is on; -1 where nobody knows."""
        return self.filesystem.volume_bytes(self.path)

    def topic_partitions(self) -> Iterator[tuple[str, int, bytes | None]]:
        """(topic, partition, topic id) of each folder that is a log's; the id where it is known."""
        for name in self.filesystem.list(self.path):
            topic, _, partition = name.rpartition("-")
            if topic and partition.isdecimal():
                yield topic, int(partition), read_topic_id(self.filesystem, self._file(name))

    @fails_log_dir
    def open_log(
        self, topic: str, partition: int, topic_id: bytes, config: LogConfig, now_ms: int
    ) -> Log:
        """Opens the log, or creates it; recovers it when the last stop was not clean."""
        folder = self._file(f"{topic}-{partition}")
        log = Log(
            folder,
            topic,
            partition,
            topic_id,
            config,
            self.filesystem,
            self._open_segments,
            self._condemned,
        )
        key = topic, partition
        if self.filesystem.exists(folder):
            load(
                log,
                recovery_point=self._recovery_points.get(key, 0),
                log_start_offset=self._log_starts.get(key, 0),
                clean=self.was_clean,
                now_ms=now_ms,
            )
        else:
            self.filesystem.make_folders(folder)
        if read_topic_id(self.filesystem, folder) is None:
            write_topic_id(self.filesystem, folder, topic_id)
        self._logs[key] = log
        return log

    @fails_log_dir
    def delete_log(self, log: Log) -> None:
        """Takes the log out of sight at once; ``purge()`` removes its files.

        The folder becomes ``topic-N.<32 hex digits>-delete``, as Kafka names it.
        """
        key = log.topic, log.partition
        del self._logs[key]
        self._recovery_points.pop(key, None)
        self._log_starts.pop(key, None)
        log.abandon()
        # Kafka shortens the topic so that the longest one still makes a valid file name.
        suffix = f"-{log.partition}.{os.urandom(16).hex()}{_DELETED_SUFFIX}"
        condemned = self._file(log.topic[: 255 - len(suffix)] + suffix)
        self.filesystem.rename(log.folder, condemned)
        self._condemned.append(condemned)

    @fails_log_dir
    def set_aside(self, topic: str, partition: int) -> str:
        """Takes a folder that no topic claims out of the way, and keeps it; its new name, which
        ends as Kafka's names for such folders do.

        Raises LogDirFailed.
        """
        suffix = f"-{partition}.{os.urandom(16).hex()}{_STRAY_SUFFIX}"
        aside = topic[: 255 - len(suffix)] + suffix
        self.filesystem.rename(self._file(f"{topic}-{partition}"), self._file(aside))
        return aside

    def fail(self, error: StorageError) -> None:
        self.failed = error

    def purge(self) -> None:
        """Unlinks what was deleted; may be called on any thread."""
        filesystem = self.filesystem
        while self._condemned:
            path = self._condemned.pop()
            if path.endswith(_DELETED_SUFFIX):
                filesystem.remove_tree(path)
            elif filesystem.exists(path):
                filesystem.remove(path)

    @fails_log_dir
    def checkpoint(self, high_watermarks: Mapping[TopicPartition, int]) -> None:
        """Writes recovery points, log start offsets and ``high_watermarks``."""
        # What was read of logs that are not open stays as it is.
        for key, log in self._logs.items():
            self._recovery_points[key] = log.recovery_point
            if log.starts_within_segment:
                self._log_starts[key] = log.log_start_offset
            else:
                self._log_starts.pop(key, None)
        self._write(RECOVERY_POINT_FILE, self._recovery_points)
        self._write(LOG_START_FILE, self._log_starts)
        self._write(HIGH_WATERMARK_FILE, high_watermarks)

    def _write(self, name: str, offsets: Mapping[TopicPartition, int]) -> None:
        write_offsets(self.filesystem, self._file(name), offsets)

    @fails_log_dir
    def close(self, high_watermarks: Mapping[TopicPartition, int], *, clean: bool) -> None:
        """Closes the logs and unlocks the directory.

        A clean close makes everything durable and says so, so that the next open need not look.
        """
        if clean:
            for log in self._logs.values():
                log.close()
            self.checkpoint(high_watermarks)
            self.filesystem.replace(self._file(_CLEAN_SHUTDOWN_FILE), _CLEAN_SHUTDOWN_CONTENT)
        for log in self._logs.values():
            log.abandon()
        self._logs.clear()
        self._unlock()


# What Kafka's CleanShutdownFileHandler writes; an unknown broker epoch is -1.
_CLEAN_SHUTDOWN_CONTENT = b'{"version":0,"brokerEpoch":-1}'
