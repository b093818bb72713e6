"""A directory of logs: its layout, lock, identity, checkpoints, and deletion in two steps."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping

from storage.checkpoints import (
    CLEANER_FILE,
    HIGH_WATERMARK_FILE,
    LOG_START_FILE,
    RECOVERY_POINT_FILE,
    TopicPartition,
    offsets_text,
    read_offsets,
)
from storage.cleaning import Clean
from storage.cleaning_job import Cleaned, CleaningJob
from storage.clock_cache import SegmentCaches
from storage.config import LogConfig
from storage.errors import LogDirLocked, StorageError
from storage.filesystem import File, Filesystem, replace_durably
from storage.log import Log
from storage.log_dir_status import LogDirStatus, fails_log_dir
from storage.log_folder import LogFolder
from storage.meta_properties import MetaProperties
from storage.partition_log import PartitionLog
from storage.partition_metadata import read_topic_id, write_topic_id
from storage.recovery import LogState, load

_CLEAN_SHUTDOWN_FILE = ".kafka_cleanshutdown"
# What Kafka's CleanShutdownFileHandler writes; an unknown broker epoch is -1.
_CLEAN_SHUTDOWN_CONTENT = b'{"version":0,"brokerEpoch":-1}'
_DELETED_SUFFIX = "-delete"
_STRAY_SUFFIX = "-stray"


class LogDir:
    """A ``LogStore``: the logs under ``path``. At most ``open_files`` segments have their file
    open. ``clean`` runs cleanings; by default that is done here.

    After ``open()``: ``meta`` says which node the directory belongs to, ``was_clean`` whether the
    last stop was clean, and ``high_watermarks`` are those of the last checkpoint.
    """

    __slots__ = (
        "_caches", "_clean", "_deleted_paths", "_dirty_offsets", "_filesystem", "_lock",
        "_log_starts", "_logs", "_offsets_lowered", "_recovery_points", "_stale_checkpoints",
        "_status", "high_watermarks", "meta", "path", "was_clean",
    )  # fmt: skip

    def __init__(
        self,
        path: str,
        filesystem: Filesystem,
        open_files: int = 512,
        clean: Clean | None = None,
    ) -> None:
        self.path = path
        self.meta: MetaProperties | None = None
        self.was_clean = False
        self.high_watermarks: dict[TopicPartition, int] = {}
        self._filesystem = filesystem
        self._logs: dict[TopicPartition, Log] = {}
        self._recovery_points: dict[TopicPartition, int] = {}
        self._log_starts: dict[TopicPartition, int] = {}
        self._dirty_offsets: dict[TopicPartition, int] = {}  # the first that is not cleaned
        # Files with entries that are not true any more: see ``_correct_checkpoints``.
        self._stale_checkpoints: set[str] = set()
        self._caches = SegmentCaches(open_files)
        self._deleted_paths: list[str] = []
        self._lock: File | None = None
        self._status = LogDirStatus()
        self._offsets_lowered = self._lower_checkpoints  # one object for all logs
        self._clean = clean or self._clean_here

    @property
    def name(self) -> str:
        return self.path

    @property
    def failed(self) -> StorageError | None:
        return self._status.failed

    def fail(self, error: StorageError) -> None:
        self._status.fail(error)

    def when_failed(self, call: Callable[[StorageError], None]) -> None:
        self._status.on_failure = call

    @fails_log_dir
    def open(self, identity: MetaProperties) -> None:
        """Locks the directory, creating it where missing, and reads its checkpoints.

        ``identity`` is written to a new directory; an old one keeps its own, which is ``meta``.

        Raises LogDirLocked, UnsupportedFormat.
        """
        self._filesystem.make_folders(self.path)
        try:
            self._lock = self._filesystem.lock(self._file(".lock"))
        except BlockingIOError:
            raise LogDirLocked(f"{self.path} is in use by another process") from None
        try:
            self._read(identity)
        except Exception:
            self._unlock()
            raise

    def _read(self, identity: MetaProperties) -> None:
        filesystem = self._filesystem
        self.meta = MetaProperties.read(filesystem, self._file("meta.properties"))
        if self.meta is None:
            self.meta = identity
            identity.write(filesystem, self._file("meta.properties"))
            filesystem.sync_folder(os.path.dirname(self.path) or ".")
        self.was_clean = filesystem.exists(self._file(_CLEAN_SHUTDOWN_FILE))
        if self.was_clean:
            filesystem.remove(self._file(_CLEAN_SHUTDOWN_FILE))
            filesystem.sync_folder(self.path)  # it must not come back with a power failure
        self._recovery_points = read_offsets(filesystem, self._file(RECOVERY_POINT_FILE))
        self._log_starts = read_offsets(filesystem, self._file(LOG_START_FILE))
        self.high_watermarks = read_offsets(filesystem, self._file(HIGH_WATERMARK_FILE))
        self._dirty_offsets = read_offsets(filesystem, self._file(CLEANER_FILE))
        for name in filesystem.list(self.path):
            if name.endswith(_DELETED_SUFFIX):
                self._deleted_paths.append(self._file(name))
            elif name.endswith(".tmp"):  # its contents must not come back under the next rename
                filesystem.remove(self._file(name))

    def _unlock(self) -> None:
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    def _file(self, name: str) -> str:
        return f"{self.path}/{name}"

    def volume_bytes(self) -> tuple[int, int]:
        return self._filesystem.volume_bytes(self.path)

    # -- logs ------------------------------------------------------------------------------------

    def topic_partitions(self) -> Iterator[tuple[str, int, bytes | None]]:
        for name in self._filesystem.list(self.path):
            topic, _, partition = name.rpartition("-")
            if topic and partition.isdecimal():
                yield topic, int(partition), read_topic_id(self._filesystem, self._file(name))

    @fails_log_dir
    def open_log(
        self, topic: str, partition: int, topic_id: bytes, config: LogConfig, now_ms: int
    ) -> Log:
        self._status.check()
        key = topic, partition
        durable_end_offset = self._recovery_points.get(key, 0)
        if key in self._logs:
            raise StorageError(f"{topic}-{partition} is open already")
        path = self._file(f"{topic}-{partition}")
        folder = LogFolder(path, self._filesystem, self._caches, self._deleted_paths)
        if self._filesystem.exists(path):
            state = load(
                folder,
                recovery_point=durable_end_offset,
                log_start_offset=self._log_starts.get(key, 0),
                clean=self.was_clean,
                config=config,
                now_ms=now_ms,
            )
        else:
            self._forget_checkpoints(key)
            self._correct_checkpoints()
            durable_end_offset = 0
            self._filesystem.make_folders(path)
            state = LogState(folder)
        if read_topic_id(self._filesystem, path) is None:
            write_topic_id(self._filesystem, path, topic_id)
        log = Log(
            topic,
            partition,
            topic_id,
            config,
            state,
            self._status,
            self._offsets_lowered,
            self._clean,
        )
        log.first_dirty_offset = self._dirty_offsets.get(key)
        log.lost_records = max(0, durable_end_offset - log.log_end_offset)
        self._lower_checkpoints(log)
        self._logs[key] = log
        return log

    @fails_log_dir
    def delete_log(self, log: PartitionLog) -> None:
        """The folder becomes ``topic-N.<32 hex digits>-delete``, as Kafka names it."""
        key = log.topic, log.partition
        self._logs.pop(key).abandon(f"{log.name} was deleted")
        self._forget_checkpoints(key)
        deleted = self._move(log.topic, log.partition, _DELETED_SUFFIX)
        self._deleted_paths.append(self._file(deleted))

    @fails_log_dir
    def set_aside(self, topic: str, partition: int) -> str:
        self._forget_checkpoints((topic, partition))
        return self._move(topic, partition, _STRAY_SUFFIX)

    def _move(self, topic: str, partition: int, suffix: str) -> str:
        """Renames a folder; its new name."""
        # Kafka shortens the topic so that the longest one still makes a valid file name.
        ending = f"-{partition}.{os.urandom(16).hex()}{suffix}"
        name = topic[: 255 - len(ending)] + ending
        self._filesystem.rename(self._file(f"{topic}-{partition}"), self._file(name))
        return name

    def _clean_here(self, job: CleaningJob, _bytes_per_second: float) -> Cleaned:
        from storage.cleaner import clean

        return clean(job, self._filesystem)

    def purge(self) -> None:
        failures: list[tuple[str, OSError]] = []
        while self._deleted_paths:
            path = self._deleted_paths.pop()
            try:
                if not self._filesystem.exists(path):
                    continue
                if path.endswith(_DELETED_SUFFIX):
                    self._filesystem.remove_tree(path)
                else:
                    self._filesystem.remove(path)
            except OSError as error:
                failures.append((path, error))
        self._deleted_paths += [path for path, _ in failures]
        if failures:
            path, cause = failures[0]
            raise StorageError(f"{path} could not be removed: {cause}") from cause

    # -- checkpoints -----------------------------------------------------------------------------

    @fails_log_dir
    def checkpoint(self, high_watermarks: Mapping[TopicPartition, int]) -> None:
        self._status.check()
        self._collect(high_watermarks)
        for name in (RECOVERY_POINT_FILE, LOG_START_FILE, HIGH_WATERMARK_FILE):
            self._filesystem.replace(self._file(name), self._checkpoint_text(name))

    @fails_log_dir
    def checkpoint_cleaning(self) -> None:
        for key, log in self._logs.items():
            if log.first_dirty_offset is not None:
                self._dirty_offsets[key] = log.first_dirty_offset
        self._filesystem.replace(self._file(CLEANER_FILE), self._checkpoint_text(CLEANER_FILE))

    def _collect(self, high_watermarks: Mapping[TopicPartition, int]) -> None:
        """Takes the offsets of the open logs. Entries of logs that are not open stay."""
        for key, log in self._logs.items():
            self._recovery_points[key] = log.recovery_point
            if log.starts_within_segment:
                self._log_starts[key] = log.log_start_offset
            else:
                self._log_starts.pop(key, None)
        self.high_watermarks = dict(high_watermarks)

    def _checkpointed(self) -> dict[str, dict[TopicPartition, int]]:
        return {
            RECOVERY_POINT_FILE: self._recovery_points,
            LOG_START_FILE: self._log_starts,
            HIGH_WATERMARK_FILE: self.high_watermarks,
            CLEANER_FILE: self._dirty_offsets,
        }

    def _checkpoint_text(self, name: str) -> bytes:
        return offsets_text(self._checkpointed()[name])

    def _forget_checkpoints(self, key: TopicPartition) -> None:
        """Drops the entries of a deleted log. The files still have them."""
        for name, offsets in self._checkpointed().items():
            if offsets.pop(key, None) is not None:
                self._stale_checkpoints.add(name)

    def _correct_checkpoints(self) -> None:
        """Replaces files with entries that are not true any more, before they can do harm.

        An old log start would cut records off a new log of the same name, and a recovery point
        that is too high would make recovery trust torn records. The files are synced, because a
        power failure must not bring the old contents back.
        """
        for name in sorted(self._stale_checkpoints):
            replace_durably(self._filesystem, self._file(name), self._checkpoint_text(name))
            self._stale_checkpoints.remove(name)

    def _lower_checkpoints(self, log: Log) -> None:
        """Called where the recovery point or the start of ``log`` may have moved back."""
        key = log.topic, log.partition
        if log.recovery_point < self._recovery_points.get(key, 0):
            self._recovery_points[key] = log.recovery_point
            self._stale_checkpoints.add(RECOVERY_POINT_FILE)
        if log.log_start_offset < self._log_starts.get(key, 0):
            self._log_starts[key] = log.log_start_offset
            self._stale_checkpoints.add(LOG_START_FILE)
        if (log.first_dirty_offset or 0) < self._dirty_offsets.get(key, 0):
            self._dirty_offsets[key] = log.first_dirty_offset or 0
            self._stale_checkpoints.add(CLEANER_FILE)
        self._correct_checkpoints()

    # -- close -----------------------------------------------------------------------------------

    @fails_log_dir
    def close(self, high_watermarks: Mapping[TopicPartition, int], *, clean: bool) -> None:
        try:
            if clean and self._status.failed is None:
                self._close_cleanly(high_watermarks)
        finally:
            for log in self._logs.values():
                log.abandon(f"{self.path} is closed")
            self._logs.clear()
            self._unlock()

    def _close_cleanly(self, high_watermarks: Mapping[TopicPartition, int]) -> None:
        for log in self._logs.values():
            log.close()
        self._collect(high_watermarks)
        for name in (RECOVERY_POINT_FILE, LOG_START_FILE, HIGH_WATERMARK_FILE):
            replace_durably(self._filesystem, self._file(name), self._checkpoint_text(name))
        replace_durably(self._filesystem, self._file(_CLEAN_SHUTDOWN_FILE), _CLEAN_SHUTDOWN_CONTENT)
