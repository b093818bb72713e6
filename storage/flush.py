"""Bringing appended records to the disk, in two halves around a worker thread."""

from __future__ import annotations

from storage.errors import fails_log_dir
from storage.filesystem import File, Filesystem


class FlushPlan:
    """Files to sync so that everything before ``end_offset`` survives a power failure.

    Made by ``Log.prepare_flush``; ``run`` may be called on any thread, and its result is handed
    back with ``Log.complete_flush``.
    """

    __slots__ = ("_files", "_filesystem", "_folders", "end_offset", "flushed_bytes", "generation")

    def __init__(
        self,
        filesystem: Filesystem,
        folders: tuple[str, ...],
        files: list[File],
        end_offset: int,
        flushed_bytes: int,
        generation: int,
    ) -> None:
        self._filesystem = filesystem
        self._folders = folders
        self._files = files
        self.end_offset = end_offset
        self.flushed_bytes = flushed_bytes
        self.generation = generation

    @fails_log_dir
    def run(self) -> None:
        """Syncs; after a LogDirFailed nothing written before can be relied on."""
        for file in self._files:
            file.sync()
        for folder in self._folders:  # new files need their names on the disk too
            self._filesystem.sync_folder(folder)
