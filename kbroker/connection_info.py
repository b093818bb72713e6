"""A client connection as handlers see it: addresses, listener and client software."""

from __future__ import annotations


class ConnectionInfo:
    """Where a connection comes from, and its listener."""

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
        self.local_host = local_host  # the broker's address that the client connected to
        self.local_port = local_port
        self.client_software: tuple[str, str] | None = None  # name, version (ApiVersions v3)
        self.client_instance_id: bytes | None = None  # the last one of this connection (KIP-714)
        self.closed = False
