"""Which leader epoch starts at which offset, and its file, leader-epoch-checkpoint (KIP-101)."""

from __future__ import annotations

from bisect import bisect_right

from storage.checkpoints import checkpoint_text, read_checkpoint
from storage.filesystem import Filesystem

NO_EPOCH = -1


class LeaderEpochs:
    """(epoch, start offset) pairs, both ascending; written to the file at each change."""

    __slots__ = ("_filesystem", "_folder", "entries", "latest", "version")

    def __init__(self, filesystem: Filesystem, folder: str) -> None:
        self._filesystem = filesystem
        self._folder = folder
        self.entries: list[tuple[int, int]] = []
        self.latest: int | None = None  # epoch; every append asks for it
        self.version = 0  # changes with the file

    @property
    def path(self) -> str:
        return self._folder + "/leader-epoch-checkpoint"

    def load(self) -> None:
        """Reads the file; entries that are not ascending are dropped."""
        for fields in read_checkpoint(self._filesystem, self.path):
            if len(fields) != 2 or not (fields[0].isdecimal() and fields[1].isdecimal()):
                break
            epoch, start_offset = int(fields[0]), int(fields[1])
            if not self.entries or (
                epoch > self.entries[-1][0] and start_offset > self.entries[-1][1]
            ):
                self.entries.append((epoch, start_offset))
                self.latest = epoch
        self.version += 1  # the file may have been written and not synced

    def _replace(self, entries: list[tuple[int, int]]) -> None:
        """Writes the file first: after a failed write the old entries stay."""
        lines = (f"{epoch} {start_offset}" for epoch, start_offset in entries)
        self._filesystem.replace(self.path, checkpoint_text(lines))
        self.version += 1
        self.entries = entries
        self.latest = entries[-1][0] if entries else None

    def assign(self, epoch: int, start_offset: int) -> None:
        """Notes that records of ``epoch`` start at ``start_offset``, unless they did before it.

        Entries that contradict the new one are dropped. Records without an epoch have no entry.
        """
        entries = self.entries
        if epoch <= NO_EPOCH:
            return
        if entries and entries[-1][0] == epoch and entries[-1][1] <= start_offset:
            return
        kept = [entry for entry in entries if entry[0] < epoch and entry[1] < start_offset]
        self._replace([*kept, (epoch, start_offset)])

    def end_offset_for(self, epoch: int, log_end_offset: int) -> tuple[int, int] | None:
        """(epoch, end offset) of the greatest epoch up to ``epoch``; None when it is unknown.

        An epoch before the first known one ends where that one starts (KIP-101, KIP-279).
        """
        if epoch == self.latest:
            return epoch, log_end_offset
        slot = bisect_right(self.entries, epoch, key=lambda entry: entry[0])
        if slot == len(self.entries) or epoch == NO_EPOCH:
            return None
        return self.entries[slot - 1][0] if slot else epoch, self.entries[slot][1]

    def epoch_for(self, offset: int) -> int | None:
        """The epoch in which the record at ``offset`` was appended; None before the first one."""
        slot = bisect_right(self.entries, offset, key=lambda entry: entry[1])
        return self.entries[slot - 1][0] if slot else None

    def truncate_from_end(self, end_offset: int) -> None:
        """Drops the epochs that start at ``end_offset`` or later."""
        kept = [entry for entry in self.entries if entry[1] < end_offset]
        if len(kept) != len(self.entries):
            self._replace(kept)

    def truncate_from_start(self, start_offset: int) -> None:
        """Drops epochs before ``start_offset``; the one that covers it now starts there."""
        slot = bisect_right(self.entries, start_offset, key=lambda entry: entry[1])
        if (slot and self.entries[slot - 1][1] != start_offset) or slot > 1:
            epoch = self.entries[slot - 1][0]
            self._replace([(epoch, start_offset), *self.entries[slot:]])

    def clear(self) -> None:
        if self.entries:
            self._replace([])
