"""A file system that changes no files: for checks of the data of a stopped broker.

Writes, truncations and removals are kept in memory and seen by this object only. So a log can be
opened as at a start, recovery included, while its files stay as they are.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence

from storage.filesystem import Buffer, File, MemoryFile, OsFile


class ReadOnlyFilesystem:
    """A Filesystem."""

    __slots__ = ("_changed",)

    def __init__(self) -> None:
        self._changed: dict[str, _OverlaidFile | None] = {}  # None: removed

    def cuts(self) -> Iterator[tuple[str, int]]:
        """(path, remaining bytes) of each file that was cut or removed."""
        for path, file in self._changed.items():
            if os.path.exists(path):
                left = 0 if file is None else file.untouched
                if left < os.path.getsize(path):
                    yield path, left

    def open(self, path: str) -> File:
        file = self._changed.get(path)
        if file is None:
            exists = path not in self._changed and os.path.exists(path)
            file = _OverlaidFile(path, self._changed, _ReadOnlyFile(path) if exists else None)
        return file

    def read(self, path: str) -> bytes:
        if not self.exists(path):
            raise FileNotFoundError(path)
        file = self.open(path)
        return file.read(0, file.size())

    def replace(self, path: str, data: bytes) -> None:
        self._changed[path] = None
        self.open(path).write(0, (data,))

    def exists(self, path: str) -> bool:
        if path in self._changed:
            return self._changed[path] is not None
        return os.path.exists(path)

    def size(self, path: str) -> int:
        file = self._changed.get(path)
        return os.stat(path).st_size if file is None else file.size()

    def volume_bytes(self, path: str) -> tuple[int, int]:
        volume = os.statvfs(path)
        return volume.f_blocks * volume.f_frsize, volume.f_bavail * volume.f_frsize

    def modified_ms(self, path: str) -> int:
        return os.stat(path).st_mtime_ns // 1_000_000

    def set_modified_ms(self, path: str, modified_ms: int) -> None: ...

    def list(self, path: str) -> list[str]:
        names = set(os.listdir(path))
        for changed, file in self._changed.items():
            folder, _, name = changed.rpartition("/")
            if folder == path:
                (names.discard if file is None else names.add)(name)
        return sorted(names)

    def make_folders(self, path: str) -> None: ...

    def rename(self, path: str, new_path: str) -> None:
        content = self.read(path)
        self._changed[path] = None
        self.replace(new_path, content)

    def remove(self, path: str) -> None:
        self._changed[path] = None

    def remove_tree(self, path: str) -> None:
        raise OSError(f"{path} stays")

    def sync_folder(self, path: str) -> None: ...

    def lock(self, path: str) -> File:
        """Raises BlockingIOError when a broker runs."""
        from fcntl import LOCK_EX, LOCK_NB, flock

        if not os.path.exists(path):
            return MemoryFile()
        file = _ReadOnlyFile(path)
        flock(file.fileno(), LOCK_EX | LOCK_NB)
        return file


class _ReadOnlyFile(OsFile):
    __slots__ = ()

    def __init__(self, path: str) -> None:
        self._fd = -1
        self._fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)


class _OverlaidFile:
    """The first ``untouched`` bytes of a file, until something is written: then all in memory."""

    __slots__ = ("_base", "_changed", "_memory", "_path", "untouched")

    def __init__(
        self, path: str, changed: dict[str, _OverlaidFile | None], base: OsFile | None
    ) -> None:
        self._path = path
        self._changed = changed
        self._base = base
        self._memory: MemoryFile | None = None
        self.untouched = 0
        if base is not None:
            self.untouched = base.size()
        else:
            self._change()
            self._memory = MemoryFile()

    def _change(self) -> None:
        self._changed[self._path] = self

    def fileno(self) -> int:
        raise OSError("a file that may have changed in memory has no descriptor")

    def read(self, position: int, length: int) -> bytes:
        if self._memory is not None:
            return self._memory.read(position, length)
        assert self._base is not None
        return self._base.read(position, max(0, min(length, self.untouched - position)))

    def write(self, position: int, buffers: Sequence[Buffer]) -> int:
        if self._memory is None:
            memory = MemoryFile()
            memory.write(0, (self.read(0, self.untouched),))
            self._memory = memory
        self._change()
        self.untouched = min(self.untouched, position)
        return self._memory.write(position, buffers)

    def truncate(self, size: int) -> None:
        if self._memory is not None:
            self._memory.truncate(size)
        if size < self.untouched:
            self._change()
            self.untouched = size

    def size(self) -> int:
        return self.untouched if self._memory is None else self._memory.size()

    def sync(self) -> None: ...

    def close(self) -> None: ...
