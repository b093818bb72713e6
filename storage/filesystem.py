"""The file system as storage uses it: a Protocol, the real one, and one in memory.

All calls block and raise OSError. Paths are plain strings with ``/``.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Sequence
from typing import Protocol

Buffer = bytes | bytearray | memoryview


class File(Protocol):
    """An open file; closed when the last reference to it goes, or by ``close()``."""

    def fileno(self) -> int:
        """The descriptor, for sendfile; raises OSError where there is none."""

    def read(self, position: int, length: int) -> bytes:
        """Up to ``length`` bytes, fewer only at the end of the file."""

    def write(self, position: int, buffers: Sequence[Buffer]) -> int:
        """Writes the buffers one after another in one call; how many bytes were written, which
        may be fewer: see ``write_fully``."""

    def truncate(self, size: int) -> None: ...

    def size(self) -> int: ...

    def sync(self) -> None:
        """Returns once the contents are on the disk."""

    def close(self) -> None: ...


class Filesystem(Protocol):
    """A tree of folders and files."""

    def open(self, path: str) -> File:
        """Opens for reading and writing, and creates the file where there is none."""

    def read(self, path: str) -> bytes: ...

    def replace(self, path: str, data: bytes) -> None:
        """Replaces the contents of the file in one step. A killed process leaves the old or the new
        contents; a power failure may leave neither (see ``replace_durably``)."""

    def exists(self, path: str) -> bool: ...

    def size(self, path: str) -> int: ...

    def modified_ms(self, path: str) -> int: ...

    def set_modified_ms(self, path: str, modified_ms: int) -> None: ...

    def list(self, path: str) -> list[str]:
        """Names in a folder, in no particular order."""

    def make_folders(self, path: str) -> None:
        """Creates the folder and those above it, where missing."""

    def rename(self, path: str, new_path: str) -> None: ...

    def remove(self, path: str) -> None: ...

    def remove_tree(self, path: str) -> None: ...

    def volume_bytes(self, path: str) -> tuple[int, int]:
        """(size, usable free space) of the volume that holds ``path``; -1 where unknown."""

    def sync_folder(self, path: str) -> None:
        """Returns once the folder's list of names is on the disk."""

    def lock(self, path: str) -> File:
        """Locks the file until the returned one is closed; BlockingIOError when it is locked."""


def write_fully(file: File, position: int, data: Buffer) -> None:
    """Writes all of ``data``, in as many calls as it takes; raises OSError when that fails."""
    rest = memoryview(data)
    while rest:
        written = file.write(position, (rest,))
        if not written:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        position += written
        rest = rest[written:]


def replace_durably(filesystem: Filesystem, path: str, data: bytes) -> None:
    """``Filesystem.replace`` that a power failure cannot undo or tear once it has returned."""
    temporary = path + ".tmp"
    file = filesystem.open(temporary)
    file.truncate(0)
    write_fully(file, 0, data)
    file.sync()
    file.close()
    filesystem.rename(temporary, path)
    filesystem.sync_folder(path.rpartition("/")[0])


class OsFile:
    """An open file. It closes with its last reference, so readers may outlive a deletion."""

    __slots__ = ("_fd",)

    def __init__(self, path: str) -> None:
        self._fd = -1
        self._fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)

    def __del__(self) -> None:
        self.close()

    def fileno(self) -> int:
        return self._fd

    def read(self, position: int, length: int) -> bytes:
        data = os.pread(self._fd, length, position)
        if len(data) in (0, length):
            return data
        # One call reads at most 2 GiB, and a signal may shorten it.
        return data + self.read(position + len(data), length - len(data))

    def write(self, position: int, buffers: Sequence[Buffer]) -> int:
        return os.pwritev(self._fd, buffers, position)

    def truncate(self, size: int) -> None:
        os.ftruncate(self._fd, size)

    def size(self) -> int:
        return os.fstat(self._fd).st_size

    def sync(self) -> None:
        os.fsync(self._fd)

    def close(self) -> None:
        fd, self._fd = self._fd, -1
        if fd >= 0:
            os.close(fd)


class OsFilesystem:
    """The real one."""

    __slots__ = ()

    def open(self, path: str) -> File:
        return OsFile(path)

    def read(self, path: str) -> bytes:
        with open(path, "rb", buffering=0) as file:
            return file.readall()

    def replace(self, path: str, data: bytes) -> None:
        temporary = path + ".tmp"
        file = OsFile(temporary)
        try:
            file.truncate(0)
            write_fully(file, 0, data)
        except OSError:
            os.remove(temporary)
            raise
        finally:
            file.close()
        os.replace(temporary, path)

    def exists(self, path: str) -> bool:
        return os.path.exists(path)

    def size(self, path: str) -> int:
        return os.stat(path).st_size

    def volume_bytes(self, path: str) -> tuple[int, int]:
        volume = os.statvfs(path)
        return volume.f_blocks * volume.f_frsize, volume.f_bavail * volume.f_frsize

    def modified_ms(self, path: str) -> int:
        return os.stat(path).st_mtime_ns // 1_000_000

    def set_modified_ms(self, path: str, modified_ms: int) -> None:
        os.utime(path, ns=(modified_ms * 1_000_000,) * 2)

    def list(self, path: str) -> list[str]:
        return os.listdir(path)

    def make_folders(self, path: str) -> None:
        os.makedirs(path, exist_ok=True)

    def rename(self, path: str, new_path: str) -> None:
        os.rename(path, new_path)

    def remove(self, path: str) -> None:
        os.remove(path)

    def remove_tree(self, path: str) -> None:
        for name in os.listdir(path):
            inner = f"{path}/{name}"
            if os.path.isdir(inner) and not os.path.islink(inner):
                self.remove_tree(inner)
            else:
                os.remove(inner)
        os.rmdir(path)

    def sync_folder(self, path: str) -> None:
        fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        try:
            os.fsync(fd)
        finally:
            os.close(fd)

    def lock(self, path: str) -> File:
        from fcntl import LOCK_EX, LOCK_NB, flock

        file = OsFile(path)
        flock(file.fileno(), LOCK_EX | LOCK_NB)
        return file


class MemoryFile:
    """The contents of a file, shared by all that have it open."""

    __slots__ = ("content",)

    def __init__(self) -> None:
        self.content = bytearray()

    def fileno(self) -> int:
        raise OSError("a file in memory has no descriptor")

    def read(self, position: int, length: int) -> bytes:
        return bytes(self.content[position : position + length])

    def write(self, position: int, buffers: Sequence[Buffer]) -> int:
        if len(self.content) < position:
            self.content += bytes(position - len(self.content))
        data = b"".join(buffers)
        self.content[position : position + len(data)] = data
        return len(data)

    def truncate(self, size: int) -> None:
        del self.content[size:]
        self.content += bytes(size - len(self.content))

    def size(self) -> int:
        return len(self.content)

    def sync(self) -> None: ...

    def close(self) -> None: ...


class _MemoryLock(MemoryFile):
    __slots__ = ("_locked", "_path")

    def __init__(self, locked: set[str], path: str) -> None:
        super().__init__()
        self._locked = locked
        self._path = path

    def close(self) -> None:
        self._locked.discard(self._path)


class MemoryFilesystem:
    """Files in memory, for tests and simulation. Modification times are always 0."""

    __slots__ = ("files", "folders", "locked")

    def __init__(self) -> None:
        self.files: dict[str, MemoryFile] = {}
        self.folders: set[str] = set()
        self.locked: set[str] = set()

    def open(self, path: str) -> File:
        file = self.files.get(path)
        if file is None:
            if path.rpartition("/")[0] not in self.folders:
                raise FileNotFoundError(path)
            file = self.files[path] = MemoryFile()
        return file

    def _file(self, path: str) -> MemoryFile:
        try:
            return self.files[path]
        except KeyError:
            raise FileNotFoundError(path) from None

    def read(self, path: str) -> bytes:
        return bytes(self._file(path).content)

    def replace(self, path: str, data: bytes) -> None:
        file = MemoryFile()
        file.content += data
        self.files[path] = file

    def exists(self, path: str) -> bool:
        return path in self.files or path in self.folders

    def size(self, path: str) -> int:
        return len(self._file(path).content)

    def volume_bytes(self, path: str) -> tuple[int, int]:
        return -1, -1

    def modified_ms(self, path: str) -> int:
        return 0

    def set_modified_ms(self, path: str, modified_ms: int) -> None: ...

    def list(self, path: str) -> list[str]:
        if path not in self.folders:
            raise FileNotFoundError(path)
        start = len(path) + 1
        return [
            name[start:]
            for name in (*self.files, *self.folders)
            if name.startswith(path + "/") and "/" not in name[start:]
        ]

    def make_folders(self, path: str) -> None:
        while path:
            self.folders.add(path)
            path = path.rpartition("/")[0]

    def rename(self, path: str, new_path: str) -> None:
        if not self.exists(path):
            raise FileNotFoundError(path)
        for name in [name for name in self.files if _is_within(name, path)]:
            self.files[new_path + name[len(path) :]] = self.files.pop(name)
        for name in [name for name in self.folders if _is_within(name, path)]:
            self.folders.remove(name)
            self.folders.add(new_path + name[len(path) :])

    def remove(self, path: str) -> None:
        self._file(path)
        del self.files[path]

    def remove_tree(self, path: str) -> None:
        for name in [name for name in self.files if _is_within(name, path)]:
            del self.files[name]
        self.folders = {name for name in self.folders if not _is_within(name, path)}

    def sync_folder(self, path: str) -> None: ...

    def lock(self, path: str) -> File:
        if path in self.locked:
            raise BlockingIOError(path)
        self.locked.add(path)
        return _MemoryLock(self.locked, path)


def _is_within(name: str, path: str) -> bool:
    return name == path or name.startswith(path + "/")
