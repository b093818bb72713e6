"""meta.properties: which node of which cluster a log directory belongs to."""

from __future__ import annotations

from storage.errors import UnsupportedFormat
from storage.filesystem import Filesystem, replace_durably

_VERSION = "1"


class MetaProperties:
    """The identity of a log directory; ids in Kafka's base64 text."""

    __slots__ = ("cluster_id", "directory_id", "node_id")

    def __init__(self, cluster_id: str, node_id: int, directory_id: str) -> None:
        self.cluster_id = cluster_id
        self.node_id = node_id
        self.directory_id = directory_id

    @classmethod
    def read(cls, filesystem: Filesystem, path: str) -> MetaProperties | None:
        """What the file says; None when there is none. Raises UnsupportedFormat."""
        try:
            lines = filesystem.read(path).decode().splitlines()
        except FileNotFoundError:
            return None
        except UnicodeDecodeError as error:
            raise UnsupportedFormat(f"{path} is not text, as meta.properties has to be") from error
        properties = dict(
            line.split("=", 1) for line in lines if "=" in line and not line.startswith("#")
        )
        if properties.get("version") != _VERSION:
            raise UnsupportedFormat(
                f"{path} has version {properties.get('version')}; this broker knows {_VERSION}"
            )
        try:
            node_id = int(properties["node.id"])
            return cls(properties["cluster.id"], node_id, properties.get("directory.id", ""))
        except (KeyError, ValueError) as error:
            raise UnsupportedFormat(f"{path} has no valid node.id and cluster.id") from error

    def write(self, filesystem: Filesystem, path: str) -> None:
        text = (
            "#\n"
            f"cluster.id={self.cluster_id}\n"
            f"directory.id={self.directory_id}\n"
            f"node.id={self.node_id}\n"
            f"version={_VERSION}\n"
        )
        replace_durably(filesystem, path, text.encode())
