"""Brokers that are not there, and ports at which something else answers."""

from __future__ import annotations

import io
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace

import pytest

from kbroker import __version__
from kbroker.cli import Failure, conversation, run
from wire.api_keys import ApiKey
from wire.messages.metadata import MetadataRequest
from wire.schema import Message

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


class Wire:
    """In place of RawClient: a broker at each port that is in ``served``, with these versions of
    Metadata there. Those in ``mute`` accept connections, and say nothing."""

    served: dict[int, tuple[int, int]]
    mute: set[int]
    log: list[object]

    def __init__(self, address: str, timeout_s: float, client_id: str) -> None:
        self.port = int(address.partition(":")[2])
        self.log.append((self.port, timeout_s, client_id))
        if self.port not in self.served:
            raise ConnectionRefusedError

    def ask(self, request: Message, version: int) -> object:
        if self.port in self.mute:
            raise TimeoutError("timed out")
        if isinstance(request, MetadataRequest):
            return version
        first, last = self.served[self.port]
        metadata = SimpleNamespace(api_key=ApiKey.METADATA, min_version=first, max_version=last)
        return SimpleNamespace(api_keys=[metadata])

    def close(self) -> None:
        self.log.append(f"{self.port} closed")


@pytest.fixture
def wire(monkeypatch: pytest.MonkeyPatch) -> type[Wire]:
    Wire.served, Wire.mute, Wire.log = {}, set(), []
    monkeypatch.setattr(conversation, "RawClient", Wire)
    return Wire


LAST = MetadataRequest.__facts__.last_version


@pytest.mark.parametrize(
    ("served", "version"),
    [((0, 99), LAST), ((0, 5), 5), ((LAST, LAST), LAST), ((LAST, 99), LAST), ((0, 0), 0)],
)
def test_the_newest_version_of_both_sides(
    served: tuple[int, int], version: int, wire: type[Wire]
) -> None:
    wire.served = {1: served}
    with conversation.conversation("a:1") as broker:
        assert broker.ask(MetadataRequest(topics=[])) == version


def test_versions_that_have_nothing_in_common(wire: type[Wire]) -> None:
    """Nor has a broker that does not serve the API at all."""
    wire.served = {1: (LAST + 1, LAST + 2)}
    with conversation.conversation("a:1") as broker:
        for served in (broker.served, {}):
            broker.served = served
            with pytest.raises(Failure, match="the broker serves no METADATA that kbroker speaks"):
                broker.ask(MetadataRequest(topics=[]))


@pytest.mark.parametrize("error", [TimeoutError("odd"), ConnectionError("odd"), OSError("odd")])
def test_a_broker_that_ends_in_the_middle(
    error: OSError, wire: type[Wire], monkeypatch: pytest.MonkeyPatch
) -> None:
    wire.served = {1: (0, LAST)}

    def fail(*_: object) -> None:
        raise error

    with conversation.conversation("a:1") as broker:
        monkeypatch.setattr(wire, "ask", fail)
        with pytest.raises(Failure, match="the broker did not answer METADATA: odd"):
            broker.ask(MetadataRequest(topics=[]))


def test_the_first_that_answers(wire: type[Wire]) -> None:
    """They share the time; who connects says who it is, and hangs up in the end."""
    wire.served, wire.mute = {2: (0, LAST), 3: (0, LAST), 4: (0, LAST)}, {2}
    share, name = conversation.TIMEOUT_S / 4, f"kbroker-{__version__}"

    assert conversation.answering("a:1, b:2 ,c:3,d:4") == "c:3"
    assert wire.log == [
        (1, share, name), (2, share, name), "2 closed", (3, share, name), "3 closed",
    ]  # fmt: skip


def test_none_of_several(wire: type[Wire]) -> None:
    """Whoever looks why has to begin with one of them."""
    with pytest.raises(Failure) as failure:
        conversation.answering("a:1,b:2")
    assert str(failure.value) == "no broker answers at a:1,b:2; kbroker doctor a:1 looks why"
    assert len(wire.log) == 2
