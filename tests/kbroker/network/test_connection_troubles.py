"""Answers of many parts, sockets that fail, and clients that break off."""

from __future__ import annotations

import socket
import struct
from typing import Any

import pytest

from kbroker import session
from kbroker.network import connection
from storage import AppendOrigin
from tests.drivers import BrokerDriver, batch
from tests.kbroker.network.conftest import LoopDriver
from tests.kbroker.network.test_connection import HELLO, fetch, frame_of, produce
from wire.api_keys import ApiKey
from wire.headers import decode_response, encode_request
from wire.messages.fetch import FetchPartition, FetchRequest, FetchTopic


def fill(broker: BrokerDriver, partitions: int, size: int = 1) -> FetchRequest:
    """A record in each partition of the topic ``t``, and the request for all of them."""
    broker.create_topic("t", partitions)
    for index in range(partitions):
        found = broker.node.replicas.find("t", index)
        assert found is not None
        found.append(batch(b"%d;" % index * size), 0, AppendOrigin.COORDINATOR)
    wanted = [
        FetchPartition(partition=index, fetch_offset=0, partition_max_bytes=1 << 20)
        for index in range(partitions)
    ]
    topics = [FetchTopic(topic="t", partitions=wanted)]
    return FetchRequest(max_wait_ms=0, min_bytes=1, topics=topics)


def replace_socket(driver: LoopDriver, kind: type[socket.socket]) -> connection.Connection:
    """The only connection, which gets a socket of this kind in place of its own."""
    (there,) = driver.connections
    there._socket = kind(fileno=there._socket.detach())
    there._socket.setblocking(False)
    return there


def test_an_answer_may_have_more_parts_than_one_call_takes(driver: LoopDriver) -> None:
    """Two for each partition with records; a kernel takes 1,024."""
    client = driver.connect()
    (there,) = driver.connections
    there.session.output += [b"%04d" % number for number in range(1200)]
    there.ready(readable=False, writable=True)
    received = driver.exchange(client, b"", 4800)

    assert received == b"".join(b"%04d" % number for number in range(1200))


def test_records_come_between_the_parts_that_are_about_them(driver: LoopDriver) -> None:
    request = encode_request(fill(driver.broker, 3), 11, 1, "c")
    answer = driver.exchange(driver.connect(), request, 3 * 90)
    told = decode_response(frame_of(answer), ApiKey.FETCH, 11)

    for one in told.responses[0].partitions:
        assert b"%d;" % one.partition_index in bytes(one.records)


@pytest.mark.parametrize(
    ("size", "held_back"), [(1, [0]), (connection.READ_REGION_BYTES, [connection.MORE])]
)
def test_only_what_is_followed_at_once_may_be_held_back(
    driver: LoopDriver, size: int, held_back: list[int]
) -> None:
    """By the kernel, for a fifth of a second, so that a header comes together with its records."""
    flags: list[int] = []

    class Watched(socket.socket):
        def sendmsg(self, buffers: Any, ancillary: Any = (), flag: int = 0, *_: Any) -> int:
            flags.append(flag)
            return super().sendmsg(buffers, ancillary, flag)

    request = encode_request(fill(driver.broker, 2, size), 11, 1, "c")
    client = driver.connect()
    replace_socket(driver, Watched)
    driver.exchange(client, request, 2 * size)

    assert flags[:1] == held_back


def test_without_sendfile_no_more_than_was_asked_for_is_sent(
    driver: LoopDriver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "_sendfile", None)
    request = fill(driver.broker, 1, size=50_000)
    request.topics[0].partitions[0].partition_max_bytes = 100_000
    found = driver.broker.node.replicas.find("t", 0)
    assert found is not None
    found.append(batch(b"x" * 100_000), 0, AppendOrigin.COORDINATOR)
    client = driver.connect()
    answer = driver.exchange(client, encode_request(request, 11, 1, "c"), 100_000)
    (size,) = struct.unpack_from(">i", answer)
    answer += driver.exchange(client, HELLO, 4 + size + 100 - len(answer))

    assert frame_of(answer[: 4 + size]).count(b"0;") == 50_000
    assert frame_of(answer[4 + size :])


def test_who_does_not_read_and_asks_on_is_answered_when_it_reads(
    driver: LoopDriver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What it asked for while nothing more could be served is served then."""
    monkeypatch.setattr(session, "OUTPUT_HIGH_WATER_BYTES", 1)
    is_full = [True]

    class Full(socket.socket):
        def send(self, *given: Any) -> int:
            if is_full:
                raise BlockingIOError
            return super().send(*given)

    client = driver.connect()
    single = len(driver.exchange(client, HELLO, 100))
    there = replace_socket(driver, Full)
    client.send(HELLO)
    driver.tick_until(lambda: there.has_unsent, "the answer")
    client.send(HELLO)
    there.ready(readable=True, writable=False)
    is_full.clear()

    assert len(driver.exchange(client, b"", 2 * single)) == 2 * single


@pytest.mark.parametrize("call", ["recv_into", "send"])
def test_a_connection_that_fails_ends_alone(driver: LoopDriver, call: str) -> None:
    """Whatever the kernel says; here that the client's machine does not answer any more."""

    def fail(*_: object) -> int:
        raise TimeoutError

    client = driver.connect()
    replace_socket(driver, type("Failing", (socket.socket,), {call: fail}))
    client.send(HELLO)
    driver.tick_until(lambda: not driver.connections, "the end of the connection")

    assert frame_of(driver.exchange(driver.connect(), HELLO, 100))


def test_who_breaks_off_while_waiting_is_forgotten_at_once(driver: LoopDriver) -> None:
    """Not only when there is something to be sent: a fetch may wait for long."""
    driver.broker.create_topic("t")
    client = driver.connect()
    client.send(fetch(max_wait_ms=10_000))
    driver.tick_until(lambda: len(driver.broker.node.replicas.purgatory) == 1, "the fetch")
    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    client.close()
    driver.tick_until(lambda: not driver.connections, "the end of the connection")
    produce(driver, 1)
    driver.loop.tick(0)

    assert len(driver.broker.node.replicas.purgatory) == 0
