"""A filesystem in memory that loses power: unsynced changes may be lost, torn or reordered.

The model is POSIX's, not that of one kernel. ``File.sync`` makes the contents of a file durable but
not its name; ``Filesystem.sync_folder`` makes the names of one folder durable but not the contents
behind them. Everything else may or may not reach the disk before the power failure.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from random import Random
from typing import TypeVar

from storage.filesystem import Buffer, File
from tests.faulty_filesystem import Killed

SECTOR_BYTES = 512  # a disk writes a sector whole or not at all


class PowerLossFilesystem:
    """A ``storage.filesystem.Filesystem``; ``random`` decides what survives.

    ``operations`` counts the writes, truncations, syncs and changes of names so far. When it
    reaches ``kill_at``, the operation is not done and Killed is raised, so that a test can stop a
    broker between any two of them. Modification times are always 0.
    """

    def __init__(self, random: Random) -> None:
        self.operations = 0
        self.kill_at: int | None = None
        self._random = random
        self._root = _Folder()
        self._locked: set[str] = set()

    def power_failure(self) -> None:
        """Keeps synced changes and a random part of the others; releases all locks.

        Files that were open before are no longer files of this filesystem.
        """
        self.kill_at = None
        self._locked.clear()
        self._root = self._root.survivor(self._random, {})

    def count(self) -> None:
        """Called before each change; raises Killed."""
        if self.operations == self.kill_at:
            raise Killed
        self.operations += 1

    # -- paths -----------------------------------------------------------------------------------

    def _folder(self, path: str) -> _Folder:
        node: _Node | None = self._root
        for name in _names(path):
            node = node.names.get(name) if isinstance(node, _Folder) else None
        if not isinstance(node, _Folder):
            raise FileNotFoundError(path)
        return node

    def _parent(self, path: str) -> tuple[_Folder, str]:
        parent, _, name = path.rpartition("/")
        return self._folder(parent), name

    def _node(self, path: str) -> _Node:
        folder, name = self._parent(path)
        if name not in folder.names:
            raise FileNotFoundError(path)
        return folder.names[name]

    def _file(self, path: str) -> _File:
        node = self._node(path)
        if not isinstance(node, _File):
            raise FileNotFoundError(path)
        return node

    # -- Filesystem ------------------------------------------------------------------------------

    def open(self, path: str) -> File:
        folder, name = self._parent(path)
        if name not in folder.names:
            self.count()
            folder.change({name: _File(self.count)})
        return self._file(path)

    def read(self, path: str) -> bytes:
        return bytes(self._file(path).content)

    def replace(self, path: str, data: bytes) -> None:
        temporary = path + ".tmp"
        file = self.open(temporary)
        file.truncate(0)
        file.write(0, (data,))
        self.rename(temporary, path)

    def exists(self, path: str) -> bool:
        try:
            self._node(path)
        except FileNotFoundError:
            return False
        return True

    def size(self, path: str) -> int:
        return self._file(path).size()

    def modified_ms(self, path: str) -> int:
        return 0

    def set_modified_ms(self, path: str, modified_ms: int) -> None: ...

    def list(self, path: str) -> list[str]:
        return list(self._folder(path).names)

    def make_folders(self, path: str) -> None:
        folder = self._root
        for name in _names(path):
            if name not in folder.names:
                self.count()
                folder.change({name: _Folder()})
            node = folder.names[name]
            if not isinstance(node, _Folder):
                raise FileExistsError(path)
            folder = node

    def rename(self, path: str, new_path: str) -> None:
        """Within one folder, where it is one change: a crash leaves the old name or the new."""
        node = self._node(path)
        folder, name = self._parent(path)
        new_folder, new_name = self._parent(new_path)
        assert folder is new_folder, "storage renames within a folder only"
        self.count()
        folder.change({name: None, new_name: node})

    def remove(self, path: str) -> None:
        self._file(path)
        folder, name = self._parent(path)
        self.count()
        folder.change({name: None})

    def remove_tree(self, path: str) -> None:
        self._folder(path)
        folder, name = self._parent(path)
        self.count()
        folder.change({name: None})

    def volume_bytes(self, path: str) -> tuple[int, int]:
        return -1, -1

    def sync_folder(self, path: str) -> None:
        folder = self._folder(path)
        self.count()
        folder.sync()

    def lock(self, path: str) -> File:
        self._parent(path)
        if path in self._locked:
            raise BlockingIOError(path)
        self._locked.add(path)
        return _Lock(self._locked, path)


def _names(path: str) -> Iterator[str]:
    return (name for name in path.split("/") if name)


class _Folder:
    """Names now, names on the disk, and the changes between them, each of which is atomic."""

    def __init__(self) -> None:
        self.names: dict[str, _Node] = {}
        self._synced: dict[str, _Node] = {}
        self._unsynced: list[dict[str, _Node | None]] = []

    def change(self, change: dict[str, _Node | None]) -> None:
        _apply_names(self.names, change)
        self._unsynced.append(change)

    def sync(self) -> None:
        self._synced = dict(self.names)
        self._unsynced.clear()

    def survivor(self, random: Random, survivors: dict[_File, _File]) -> _Folder:
        """This folder after a power failure. ``survivors`` has the files decided before, since one
        file may have two names."""
        names = dict(self._synced)
        for change in _some(random, self._unsynced):
            _apply_names(names, change)
        left = _Folder()
        for name, node in names.items():
            if isinstance(node, _Folder):
                left.names[name] = node.survivor(random, survivors)
            else:
                if node not in survivors:
                    survivors[node] = node.survivor(random)
                left.names[name] = survivors[node]
        left.sync()
        return left


def _apply_names(names: dict[str, _Node], change: dict[str, _Node | None]) -> None:
    for name, node in change.items():
        if node is None:
            names.pop(name, None)
        else:
            names[name] = node


class _Write:
    def __init__(self, position: int, data: bytes) -> None:
        self.position = position
        self.data = data

    def apply(self, content: bytearray) -> None:
        if len(content) < self.position:
            content += bytes(self.position - len(content))
        content[self.position : self.position + len(self.data)] = self.data

    def sectors(self) -> Iterator[_Write]:
        """The parts of the write that reach the disk independently of one another."""
        start = 0
        while start < len(self.data):
            position = self.position + start
            end = start + SECTOR_BYTES - position % SECTOR_BYTES
            yield _Write(position, self.data[start:end])
            start = end


class _Truncation:
    def __init__(self, size: int) -> None:
        self.size = size

    def apply(self, content: bytearray) -> None:
        del content[self.size :]
        content += bytes(self.size - len(content))

    def sectors(self) -> Iterator[_Truncation]:
        yield self


class _File:
    """Contents now, contents on the disk, and the changes between them."""

    def __init__(self, count: Callable[[], None], content: bytes = b"") -> None:
        self.content = bytearray(content)
        self._synced = content
        self._unsynced: list[_Write | _Truncation] = []
        self._count = count

    def fileno(self) -> int:
        raise OSError("a file in memory has no descriptor")

    def read(self, position: int, length: int) -> bytes:
        return bytes(self.content[position : position + length])

    def write(self, position: int, buffers: Sequence[Buffer]) -> int:
        data = b"".join(buffers)
        self._change(_Write(position, data))
        return len(data)

    def truncate(self, size: int) -> None:
        self._change(_Truncation(size))

    def _change(self, change: _Write | _Truncation) -> None:
        self._count()
        change.apply(self.content)
        self._unsynced.append(change)

    def size(self) -> int:
        return len(self.content)

    def sync(self) -> None:
        self._count()
        self._synced = bytes(self.content)
        self._unsynced.clear()

    def close(self) -> None: ...

    def survivor(self, random: Random) -> _File:
        """This file after a power failure."""
        content = bytearray(self._synced)
        sectors = [sector for change in self._unsynced for sector in change.sectors()]
        for change in _some(random, sectors):
            change.apply(content)
        if len(content) < len(self.content) and random.random() < 0.2:
            # Some filesystems make the new size durable before the data, which is then zeros.
            content += bytes(random.randint(0, len(self.content) - len(content)))
        return _File(self._count, bytes(content))


_Node = _File | _Folder
_T = TypeVar("_T")


def _some(random: Random, changes: list[_T]) -> list[_T]:
    """Which of the changes reached the disk: none, all, the first ones, or any."""
    kind = random.randrange(4)
    if kind == 0:
        return []
    if kind == 1:
        return changes
    if kind == 2:
        return changes[: random.randint(0, len(changes))]
    return [change for change in changes if random.random() < 0.5]


class _Lock(_File):
    def __init__(self, locked: set[str], path: str) -> None:
        super().__init__(lambda: None)
        self._locked = locked
        self._path = path

    def close(self) -> None:
        self._locked.discard(self._path)
