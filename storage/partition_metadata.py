"""partition.metadata: the topic id of a log's folder (KIP-516)."""

from __future__ import annotations

from binascii import Error as Base64Error
from binascii import a2b_base64, b2a_base64

from storage.filesystem import Filesystem

_URL_SAFE = bytes.maketrans(b"+/", b"-_")
_STANDARD = bytes.maketrans(b"-_", b"+/")
_ID_BYTES = 16


def partition_metadata_path(folder: str) -> str:
    return f"{folder}/partition.metadata"


def read_topic_id(filesystem: Filesystem, folder: str) -> bytes | None:
    """The 16 bytes of the topic id; None when the file is missing or damaged."""
    try:
        lines = filesystem.read(partition_metadata_path(folder)).splitlines()
    except FileNotFoundError:
        return None
    for line in lines:
        if line.startswith(b"topic_id: "):
            try:
                topic_id = a2b_base64(line[10:].strip().translate(_STANDARD) + b"==")
            except Base64Error:
                return None
            return topic_id if len(topic_id) == _ID_BYTES else None
    return None


def write_topic_id(filesystem: Filesystem, folder: str, topic_id: bytes) -> None:
    text = b2a_base64(topic_id, newline=False).rstrip(b"=").translate(_URL_SAFE)
    filesystem.replace(partition_metadata_path(folder), b"version: 0\ntopic_id: " + text)
