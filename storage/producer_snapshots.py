"""The NNN.snapshot files of a log: the state of its producers at an offset."""

from __future__ import annotations

from collections.abc import Collection

from storage.filesystem import Filesystem
from storage.producer_state import ProducerStates
from wire.errors import CorruptBatch

_SUFFIX = ".snapshot"


class ProducerSnapshots:
    """Keeps the snapshots at the base offsets of segments and the latest one, as in Kafka."""

    __slots__ = ("_filesystem", "_folder", "_offsets", "version")

    def __init__(self, filesystem: Filesystem, folder: str) -> None:
        self._filesystem = filesystem
        self._folder = folder
        self._offsets: list[int] = []
        self.version = 0  # how many were written

    def list(self, names: Collection[str]) -> None:
        """Finds the snapshots among the names of files in the log's folder."""
        stems = [name.removesuffix(_SUFFIX) for name in names if name.endswith(_SUFFIX)]
        self._offsets = sorted(int(stem) for stem in stems if stem.isdecimal())

    def path(self, offset: int) -> str:
        return f"{self._folder}/{offset:020d}{_SUFFIX}"

    @property
    def latest_path(self) -> str | None:
        return self.path(self._offsets[-1]) if self._offsets else None

    def take(self, producers: ProducerStates, offset: int, kept: Collection[int]) -> None:
        """Writes the state of ``producers`` at ``offset``, unless a snapshot is as new as that.

        ``kept`` are the base offsets of the log's segments.
        """
        if self._offsets and self._offsets[-1] >= offset:
            return
        self._filesystem.replace(self.path(offset), producers.snapshot())
        self._offsets.append(offset)
        self.version += 1
        self.prune(kept)

    def prune(self, kept: Collection[int]) -> None:
        """Removes all but those at ``kept`` offsets and the latest one."""
        for offset in self._offsets[:-1]:
            if offset not in kept:
                self._remove(offset)

    def remove_after(self, offset: int) -> None:
        """Removes snapshots of offsets after ``offset``, whose records were truncated."""
        for later in [candidate for candidate in self._offsets if candidate > offset]:
            self._remove(later)

    def load_latest(self, producers: ProducerStates) -> int | None:
        """Loads the latest readable one and removes broken ones; its offset, None without one."""
        while self._offsets:
            offset = self._offsets[-1]
            try:
                producers.load(self._filesystem.read(self.path(offset)))
            except (CorruptBatch, FileNotFoundError):
                self._remove(offset)
            else:
                return offset
        producers.clear()
        return None

    def _remove(self, offset: int) -> None:
        self._offsets.remove(offset)
        if self._filesystem.exists(self.path(offset)):
            self._filesystem.remove(self.path(offset))
