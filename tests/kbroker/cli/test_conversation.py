"""Brokers that are not there, and ports at which something else answers."""

from __future__ import annotations

import io
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from kbroker.cli import conversation, run

COMMANDS = [
    "topic list", "group list", "config describe topic t", "consume t -e", "consume t -g g",
    "produce t",
]  # fmt: skip
PATIENCE_S = 20


@contextmanager
def answering(data: bytes) -> Iterator[str]:
    """The address of what tells everybody the same."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def answer() -> None:
            while True:
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                with connection:
                    connection.settimeout(PATIENCE_S)
                    connection.recv(1 << 16)
                    connection.sendall(data)

        thread = threading.Thread(target=answer)
        thread.start()
        host, port = listener.getsockname()
        try:
            yield f"{host}:{port}"
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            thread.join(PATIENCE_S)
            assert not thread.is_alive(), "the last client neither asked nor left"


@pytest.mark.parametrize("command", [*COMMANDS, "wait"])
@pytest.mark.parametrize("address", ["localhost", "localhost:x", "localhost:99999", "a:1,b", ""])
def test_what_is_no_address(command: str, address: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run([*command.split(), "--bootstrap", address]) == 1
    wrong = address.rpartition(",")[2]
    told = f"kbroker: {wrong!r} is no address; it should look like localhost:9092\n"
    assert capsys.readouterr().err == told


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize(
    "data",
    [b"", b"HTTP/1.1 400 Bad Request\r\n\r\n", b"\0\0\0\0", b"\0\0\0\x06\0\0\0\x01\0\0",
     b"\0\0\0\x0a\0\0\0\x01\0\0\x7f\xff\xff\xff"],
)  # fmt: skip
def test_what_is_no_broker(command: str, data: bytes, capsys: pytest.CaptureFixture[str]) -> None:
    with answering(data) as address:
        assert run([*command.split(), "--bootstrap", address]) == 1
    told = f"no broker answers at {address}; kbroker doctor {address} looks why"
    assert capsys.readouterr().err == f"kbroker: {told}\n"


@pytest.mark.parametrize("command", COMMANDS)
def test_a_broker_that_says_nothing(
    command: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Is as good as none."""
    monkeypatch.setattr(conversation, "TIMEOUT_S", 0.1)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        host, port = listener.getsockname()
        assert run([*command.split(), "--bootstrap", f"{host}:{port}"]) == 1
    assert "no broker answers at" in capsys.readouterr().err


@pytest.mark.parametrize(
    "command", ["topic list", "config describe broker 1", "produce new", "consume new -e"]
)
def test_one_of_several(command: str, bootstrap: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Is enough."""
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO()))
    assert run([*command.split(), "--bootstrap", f"127.0.0.1:1,{bootstrap}"]) == 0
