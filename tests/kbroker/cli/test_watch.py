"""Brokers that go away."""

from __future__ import annotations

import contextlib
import io
import queue
import socket
import threading

import pytest

from kbroker.cli import Failure, watch


class Lines(io.StringIO):
    """Standard error, to wait for."""

    def __init__(self) -> None:
        super().__init__()
        self.told: queue.Queue[str] = queue.Queue()

    def write(self, text: str) -> int:
        self.told.put(text)
        return len(text)


def listening(port: int) -> socket.socket:
    """``accept`` fails when nobody comes."""
    listener = socket.create_server(("127.0.0.1", port))
    listener.settimeout(10)
    return listener


def test_each_time_it_goes_away(monkeypatch: pytest.MonkeyPatch) -> None:
    """And not while there is one, nor again for each attempt."""
    lines = Lines()
    monkeypatch.setattr("sys.stderr", lines)
    monkeypatch.setattr(watch, "RETRY_S", 0.01)
    listener = listening(0)
    host, port = listener.getsockname()
    with watch.watched(f"{host}:{port}"):
        for _ in range(2):
            connection, _ = listener.accept()
            assert lines.told.empty()
            listener.close()
            connection.close()
            wrong = lines.told.get(timeout=10)
            assert wrong == f"kbroker: no broker answers at {host}:{port}; trying on"
            assert lines.told.get(timeout=10) == "\n"
            listener = listening(port)
    listener.close()
    assert lines.told.empty()


@pytest.mark.parametrize("error", [None, Failure("no"), KeyboardInterrupt()])
def test_nothing_is_left_of_it(
    error: BaseException | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However the command ends, at once."""
    made: list[socket.socket] = []
    pair = socket.socketpair
    monkeypatch.setattr(socket, "socketpair", lambda: made.extend(pair()) or made)
    before = set(threading.enumerate())
    with listening(0) as listener:
        address = "{}:{}".format(*listener.getsockname())
        with contextlib.suppress(Failure, KeyboardInterrupt), watch.watched(address):
            if error is not None:
                raise error
    assert [each.fileno() for each in made] == [-1, -1]
    assert set(threading.enumerate()) <= before


def test_a_broker_that_does_not_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    """Is as good as none, which is told once however often it is tried."""
    lines = Lines()
    attempts: queue.Queue[object] = queue.Queue()
    monkeypatch.setattr("sys.stderr", lines)
    monkeypatch.setattr(watch, "RETRY_S", 0.01)

    def connect(*_: object) -> None:
        attempts.put(None)
        raise TimeoutError

    monkeypatch.setattr(socket, "create_connection", connect)
    with watch.watched("a:1"):
        for _ in range(4):
            attempts.get(timeout=10)
    told = [lines.told.get() for _ in range(lines.told.qsize())]
    assert told == ["kbroker: no broker answers at a:1; trying on", "\n"]
