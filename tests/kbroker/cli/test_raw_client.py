"""A client that speaks frames: its bounds, and what it says of a broker that breaks them."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest

from kbroker.cli import Failure
from kbroker.cli.raw_client import MAX_FRAME_BYTES, RawClient, parse_address
from wire.messages.api_versions import ApiVersionsRequest


@pytest.fixture
def pair() -> Iterator[tuple[RawClient, socket.socket]]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        client = RawClient(f"127.0.0.1:{listener.getsockname()[1]}")
        broker, _ = listener.accept()
        with client, broker:
            yield client, broker


def test_a_frame_in_parts(pair: tuple[RawClient, socket.socket]) -> None:
    client, broker = pair
    broker.sendall(b"\0\0\0\5he")
    broker.sendall(b"llo\0\0\0\1x")
    client.send_frame(b"hi")

    assert [client.read_frame(), client.read_frame()] == [b"hello", b"x"]
    assert broker.recv(100) == b"\0\0\0\2hi"


def test_nothing_comes(pair: tuple[RawClient, socket.socket]) -> None:
    with pytest.raises(TimeoutError):
        pair[0].read_frame(0)


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ((MAX_FRAME_BYTES + 1).to_bytes(4, "big"), "no frame"),
        (b"\0\0\0\5he", "closed"),
        (b"\0\0\0\5hello", "none of Kafka's"),
    ],
)
def test_no_answer(pair: tuple[RawClient, socket.socket], sent: bytes, said: str) -> None:
    client, broker = pair
    broker.sendall(sent)
    broker.shutdown(socket.SHUT_WR)

    with pytest.raises(ConnectionError, match=said):
        client.ask(ApiVersionsRequest(), 0)


@pytest.mark.parametrize("text", ["", "host", ":1", "host:", "host:0", "host:65536", "host:x"])
def test_no_address(text: str) -> None:
    with pytest.raises(Failure, match="no address"):
        parse_address(text)


def test_addresses() -> None:
    assert parse_address("localhost:9092") == ("localhost", 9092)
    assert parse_address("[::1]:9092") == ("::1", 9092)
