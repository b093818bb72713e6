"""The folder of one log: creates segments, and deletes their files in two steps."""

from __future__ import annotations

from collections.abc import Iterable

from storage.clock_cache import SegmentCaches
from storage.config import LogConfig
from storage.filesystem import Filesystem
from storage.segment import LogSegment
from storage.segment_name import DELETED_SUFFIX


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

    def new_segment(
        self, base_offset: int, config: LogConfig, now_ms: int, ending: str = ""
    ) -> LogSegment:
        """A segment whose files exist, or are created afterwards."""
        return LogSegment(
            self.path, base_offset, self.filesystem, self._caches, config, now_ms, ending
        )

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
                    self.filesystem.rename(path, path + DELETED_SUFFIX)
                    self._deleted_files.append(path + DELETED_SUFFIX)

    def rename_segment(self, segment: LogSegment, ending: str) -> None:
        """Gives the files of the segment another ending, in place of files of that name."""
        self.names_version += 1
        files = [path for path in segment.paths() if self.filesystem.exists(path)]
        old, segment.name.ending = segment.name.ending, ending
        for path in files:
            self.filesystem.rename(path, path.removesuffix(old) + ending)

    def names(self) -> set[str]:
        return set(self.filesystem.list(self.path))

    def rename(self, name: str, new_name: str) -> None:
        self.names_version += 1
        self.filesystem.rename(f"{self.path}/{name}", f"{self.path}/{new_name}")

    def remove(self, name: str) -> None:
        """Unlinks a file at once."""
        self.names_version += 1
        self.filesystem.remove(f"{self.path}/{name}")
