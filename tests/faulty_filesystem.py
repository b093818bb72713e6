"""A filesystem in memory that fails at a chosen write: the disk is full, or the process dies."""

from __future__ import annotations

import errno
from collections.abc import Sequence

from storage import MemoryFilesystem
from storage.filesystem import Buffer, File, MemoryFile


class Killed(BaseException):
    """Stands for the death of the process; only the test that armed it may catch it."""


class FaultyFilesystem(MemoryFilesystem):
    """``fail_at`` counts writes down to the one that fails. Of that ``torn`` bytes are written and
    the process dies; with ``is_full`` nothing is written and the write raises ENOSPC.

    ``room_bytes``, unless None, can still be written. The write that exceeds them is short, as in
    an operating system, and the next one raises ENOSPC.
    """

    __slots__ = ("fail_at", "is_full", "room_bytes", "torn")

    def __init__(self) -> None:
        super().__init__()
        self.fail_at = 0
        self.torn = 0
        self.is_full = False
        self.room_bytes: int | None = None

    def take_room(self, wanted: int) -> int:
        """How many of ``wanted`` bytes fit. Raises OSError when none do."""
        if self.room_bytes is None or not wanted:
            return wanted
        taken = min(wanted, self.room_bytes)
        self.room_bytes -= taken
        if not taken:
            raise OSError(errno.ENOSPC, "the disk is full")
        return taken

    def replace(self, path: str, data: bytes) -> None:
        if self.take_room(len(data)) < len(data):
            raise OSError(errno.ENOSPC, "the disk is full")
        super().replace(path, data)

    def arm(self, fail_at: int, *, is_full: bool, torn: int = 0) -> None:
        self.fail_at, self.is_full, self.torn = fail_at, is_full, torn

    def heal(self) -> None:
        """Ends the faults and releases the locks of the dead process."""
        self.fail_at = -1
        self.locked.clear()

    def open(self, path: str) -> File:
        if path not in self.files and path.rpartition("/")[0] in self.folders:
            self.files[path] = _FaultyFile(self)
        return super().open(path)

    def allowed(self, data: bytes) -> bytes:
        """The bytes of a write that reach the file; ``fail`` raises afterwards."""
        self.fail_at = max(self.fail_at - 1, -1)
        if self.fail_at:
            return data
        return b"" if self.is_full else data[: self.torn]

    def fail(self) -> None:
        if self.fail_at == 0:
            self.fail_at = -1
            if self.is_full:
                raise OSError(errno.ENOSPC, "the disk is full")
            raise Killed


class _FaultyFile(MemoryFile):
    __slots__ = ("_filesystem",)

    def __init__(self, filesystem: FaultyFilesystem) -> None:
        super().__init__()
        self._filesystem = filesystem

    def write(self, position: int, buffers: Sequence[Buffer]) -> int:
        data = b"".join(buffers)
        data = data[: self._filesystem.take_room(len(data))]
        written = super().write(position, [self._filesystem.allowed(data)])
        self._filesystem.fail()
        return written
