"""The folder of one log: creates segments, and deletes their files in two steps."""

from __future__ import annotations

from collections.abc import Iterable

from storage.clock_cache import SegmentCaches
from storage.config import LogConfig
from storage.filesystem import Filesystem
from storage.segment import LogSegment

DELETED_FILE_SUFFIX = ".deleted"


class LogFolder:
    """``names_version`` counts the changes of file names, which a power failure may undo."""

    __slots__ = ("_caches", "_deleted_files", "filesystem", "names_version", "path")

    def __init__(
        self, path: str, filesystem: Filesystem, caches: SegmentCaches, deleted_files: list[str]
    ) -> None:
        self.path = path
        self.filesystem = filesystem
        self.names_version = 0
        self._caches = caches
        self._deleted_files = deleted_files  # to be unlinked later; the log directory's own list

    def new_segment(self, base_offset: int, config: LogConfig, now_ms: int) -> LogSegment:
        """A segment whose files exist, or are created afterwards."""
        return LogSegment(self.path, base_offset, self.filesystem, self._caches, config, now_ms)

    def create_files(self, segment: LogSegment) -> None:
        self.names_version += 1
        segment.create()

    def delete_segments(self, segments: Iterable[LogSegment]) -> None:
        """Renames the files of these segments; they are unlinked later."""
        self.names_version += 1
        for segment in segments:
            segment.abandon()
            for path in segment.paths():
                if self.filesystem.exists(path):
                    self.filesystem.rename(path, path + DELETED_FILE_SUFFIX)
                    self._deleted_files.append(path + DELETED_FILE_SUFFIX)

    def names(self) -> set[str]:
        return set(self.filesystem.list(self.path))

    def remove(self, name: str) -> None:
        """Unlinks a file at once."""
        self.names_version += 1
        self.filesystem.remove(f"{self.path}/{name}")
