"""What a handler knows about the request besides its body."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kbroker.node import Node


class ConnectionInfo:
    """One client connection as handlers see it: where it came from and by which door."""

    __slots__ = (
        "client_host", "client_instance_id", "client_port", "client_software", "closed",
        "listener", "local_host", "local_port",
    )  # fmt: skip

    def __init__(
        self, listener: str, client_host: str, client_port: int, local_host: str, local_port: int
    ) -> None:
        self.listener = listener  # the listener's name, such as PLAINTEXT
        self.client_host = client_host  # the peer's address, "127.0.0.1"
        self.client_port = client_port
        self.local_host = local_host  # the address of ours that the client reached
        self.local_port = local_port
        self.client_software: tuple[str, str] | None = None  # name, version (ApiVersions v3)
        self.client_instance_id: bytes | None = None  # that became known here last (KIP-714)
        self.closed = False


ANONYMOUS = ("User", "ANONYMOUS")  # who a client is that did not authenticate


class RequestContext:
    """One request: the node that serves it, its version, and who asks over which connection."""

    __slots__ = ("api_version", "client_id", "connection", "node")

    def __init__(
        self, node: Node, connection: ConnectionInfo, api_version: int, client_id: str | None
    ) -> None:
        self.node = node
        self.connection = connection
        self.api_version = api_version
        self.client_id = client_id


class CloseConnection(Exception):
    """A handler's way to close the connection without an answer, where Kafka does so."""
