"""One connection to a broker, a request at a time: for what no client library shows."""

from __future__ import annotations

import contextlib
import socket
from typing import Any, Self

from kbroker import __version__
from kbroker.cli import Failure
from wire.api_keys import ApiKey
from wire.codec import decode
from wire.errors import MalformedRequest
from wire.headers import encode_request
from wire.messages import response_class
from wire.messages.api_versions import ApiVersionsRequest
from wire.messages.metadata import MetadataRequest
from wire.schema import Message

TIMEOUT_S = 5.0  # what a person waits in silence
MAX_FRAME_BYTES = 100 << 20  # as Kafka has it for requests
CLIENT_ID = f"kbroker-{__version__}"


class Conversation:
    """Speaks the newest versions that both sides know. Raises OSError where there is no broker."""

    def __init__(self, host: str, port: int, timeout_s: float = TIMEOUT_S) -> None:
        self.address = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        self._socket = socket.create_connection((host, port), timeout_s)
        try:
            answer = self._exchange(ApiVersionsRequest(), 0)
        except BaseException:
            self.close()
            raise
        self.served = {api.api_key: (api.min_version, api.max_version) for api in answer.api_keys}

    def ask(self, request: Message) -> Any:
        """The answer. Raises Failure for what the broker does not serve or answer."""
        facts = request.__facts__
        assert facts.api is not None
        first, last = self.served.get(facts.api, (1, 0))
        version = min(last, facts.last_version)
        if version < max(first, facts.first_version):
            raise Failure(f"the broker serves no {facts.api.name} that kbroker speaks")
        try:
            return self._exchange(request, version)
        except OSError as error:
            raise Failure(f"the broker did not answer {facts.api.name}: {error}") from None

    def topic_names(self) -> list[str]:
        return [topic.name for topic in self.ask(MetadataRequest(topics=None)).topics]

    def _exchange(self, request: Message, version: int) -> Any:
        api = request.__facts__.api
        assert api is not None
        self._socket.sendall(encode_request(request, version, 1, CLIENT_ID))
        frame = self._read(int.from_bytes(self._read(4), "big"))
        flexible = version >= api.first_flexible and api is not ApiKey.API_VERSIONS
        try:
            return decode(response_class(api), version, memoryview(frame), 5 if flexible else 4)
        except MalformedRequest as error:
            raise ConnectionError(f"the answer is none of Kafka's: {error}") from None

    def _read(self, size: int) -> bytes:
        if size > MAX_FRAME_BYTES:
            raise ConnectionError("the answer is no frame of Kafka's")
        data = bytearray()
        while len(data) < size:
            part = self._socket.recv(size - len(data))
            if not part:
                raise ConnectionError("the connection was closed")
            data += part
        return bytes(data)

    def close(self) -> None:
        self._socket.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def parse_address(text: str) -> tuple[str, int]:
    """HOST:PORT, or [IPV6]:PORT."""
    host, colon, port = text.rpartition(":")
    if not colon or not host or not port.isdecimal() or not 0 < int(port) < 1 << 16:
        raise Failure(f"{text!r} is no address; it should look like localhost:9092")
    return host.removeprefix("[").removesuffix("]"), int(port)


def addresses_of(bootstrap: str) -> list[tuple[str, int]]:
    """One or several, as clients are given them. Raises Failure."""
    return [parse_address(text.strip()) for text in bootstrap.split(",")]


def no_broker(bootstrap: str) -> Failure:
    first, _, _ = bootstrap.partition(",")
    return Failure(f"no broker answers at {bootstrap}; kbroker doctor {first} looks why")


def conversation(bootstrap: str) -> Conversation:
    """With the first of the brokers that a user named that answers. Raises Failure."""
    addresses = addresses_of(bootstrap)
    for host, port in addresses:
        with contextlib.suppress(OSError):
            return Conversation(host, port, TIMEOUT_S / len(addresses))
    raise no_broker(bootstrap)


def answering(bootstrap: str) -> str:
    """The address of that broker. Raises Failure, and soon: kafka-python tries for half a minute
    what is not there, and takes anything for an answer."""
    with conversation(bootstrap) as broker:
        return broker.address
