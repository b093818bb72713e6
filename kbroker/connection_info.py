"""What is known of a client connection besides its bytes."""

from __future__ import annotations


class ConnectionInfo:
    """One client connection: where it comes from, and through which listener."""

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
