"""The context of a request: everything that a handler knows beside the body."""

from __future__ import annotations

from kbroker.connection_info import ConnectionInfo
from kbroker.node import Node

ANONYMOUS = ("User", "ANONYMOUS")  # the principal of a client that is not authenticated


class RequestContext:
    """The node that serves a request, its version, its client id and its connection."""

    __slots__ = ("api_version", "client_id", "connection", "node")

    def __init__(
        self, node: Node, connection: ConnectionInfo, api_version: int, client_id: str | None
    ) -> None:
        self.node = node
        self.connection = connection
        self.api_version = api_version
        self.client_id = client_id


class CloseConnection(Exception):
    """Raised by handlers to close the connection without an answer, as Kafka does."""
