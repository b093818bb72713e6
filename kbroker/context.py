"""What a handler knows about the request besides its body."""

from __future__ import annotations

from kbroker.connection_info import ConnectionInfo
from kbroker.node import Node

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
