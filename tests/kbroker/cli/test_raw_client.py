"""A client that speaks frames: its bounds, and what it says of a broker that breaks them."""

from __future__ import annotations

import socket
from collections import deque
from collections.abc import Iterator
from itertools import count
from types import SimpleNamespace

import pytest

from kbroker.cli import Failure, raw_client
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


def test_a_frame_of_the_size_that_is_allowed(
    pair: tuple[RawClient, socket.socket], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(raw_client, "MAX_FRAME_BYTES", 5)
    client, broker = pair
    broker.sendall(b"\0\0\0\5hello")

    assert client.read_frame() == b"hello"


@pytest.mark.parametrize(
    ("within_s", "left"), [(10, [9, 8, 7, 6, 5, 4]), (None, [29, 28, 27, 26, 25, 24]),
                           (0, [0.001] * 6)],
)  # fmt: skip
def test_a_frame_has_its_time_as_a_whole(
    within_s: float | None, left: list[float], pair: tuple[RawClient, socket.socket],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    """Each of its bytes takes a second of that."""
    clock, waits = count(), list[float]()
    parts = deque([b"\0", b"\0", b"\0", b"\2", b"h", b"i"])
    slow = SimpleNamespace(settimeout=waits.append, recv=lambda _: parts.popleft())
    monkeypatch.setattr(raw_client, "time", SimpleNamespace(monotonic=lambda: next(clock)))
    with monkeypatch.context() as patched:
        patched.setattr(pair[0], "socket", slow)
        assert pair[0].read_frame(within_s) == b"hi"

    assert waits == left


def test_a_connection_is_made_in_time_or_not_at_all(monkeypatch: pytest.MonkeyPatch) -> None:
    def connect(address: tuple[str, int], timeout_s: float) -> None:
        raise TimeoutError(address, timeout_s)

    monkeypatch.setattr(socket, "create_connection", connect)
    with pytest.raises(TimeoutError) as told:
        RawClient("[::1]:5", 7)
    assert told.value.args == (("::1", 5), 7)


def test_it_says_who_it_is() -> None:
    """So that a broker's log can tell; and it hangs up when it is done."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        with RawClient(f"127.0.0.1:{listener.getsockname()[1]}", client_id="me") as client:
            broker, _ = listener.accept()
            broker.sendall(bytes(4))
            with pytest.raises(ConnectionError):
                client.ask(ApiVersionsRequest(), 0)
        with broker:
            assert broker.recv(100).endswith(b"\0\2me")
            assert broker.recv(100) == b""
