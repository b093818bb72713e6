"""Kafka's checkpoint files: a version line, a count line, one entry a line, replaced atomically."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from storage.filesystem import Filesystem

RECOVERY_POINT_FILE = "recovery-point-offset-checkpoint"
LOG_START_FILE = "log-start-offset-checkpoint"
HIGH_WATERMARK_FILE = "replication-offset-checkpoint"
CLEANER_FILE = "cleaner-offset-checkpoint"
LEADER_EPOCH_FILE = "leader-epoch-checkpoint"

TopicPartition = tuple[str, int]


def read_checkpoint(filesystem: Filesystem, path: str) -> list[list[str]]:
    """The fields of each entry; none when the file is missing or was not written whole.

    Every checkpoint here is a lower bound of what recovery finds out by itself, so a damaged one
    costs time, not data.
    """
    try:
        text = filesystem.read(path).decode()
    except (FileNotFoundError, UnicodeDecodeError):
        return []
    lines = text.splitlines()
    if not text.endswith("\n") or len(lines) < 2 or lines[0] != "0" or not lines[1].isdecimal():
        return []
    entries = [line.split(" ") for line in lines[2:]]
    if len(entries) != int(lines[1]):
        return []
    return entries


def checkpoint_text(entries: Iterable[str]) -> bytes:
    """The contents of a checkpoint file with ``entries``."""
    lines = list(entries)
    return "\n".join(("0", str(len(lines)), *lines, "")).encode()


def read_offsets(filesystem: Filesystem, path: str) -> dict[TopicPartition, int]:
    """A checkpoint of "topic partition offset" entries."""
    offsets: dict[TopicPartition, int] = {}
    for entry in read_checkpoint(filesystem, path):
        if len(entry) != 3 or not (entry[1].isdecimal() and entry[2].isdecimal()):
            return {}
        offsets[entry[0], int(entry[1])] = int(entry[2])
    return offsets


def offsets_text(offsets: Mapping[TopicPartition, int]) -> bytes:
    """The contents of a checkpoint file of "topic partition offset" entries."""
    return checkpoint_text(
        f"{topic} {partition} {offset}" for (topic, partition), offset in offsets.items()
    )
