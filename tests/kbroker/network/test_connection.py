"""Sockets in and out: pieces, large answers, regions of files, clients that misbehave."""

from __future__ import annotations

import socket
import struct

import pytest

from kbroker import session
from kbroker.network import connection
from storage import AppendOrigin
from tests.drivers import BrokerDriver, batch
from tests.kbroker.network.conftest import LoopDriver
from wire.headers import encode_request
from wire.messages.api_versions import ApiVersionsRequest
from wire.messages.fetch import FetchPartition, FetchRequest, FetchTopic
from wire.messages.metadata import MetadataRequest
from wire.messages.produce import PartitionProduceData, ProduceRequest, TopicProduceData

HELLO = encode_request(
    ApiVersionsRequest(client_software_name="a", client_software_version="1"), 3, 1, "c"
)


def fetch(max_wait_ms: int = 0, version: int = 11) -> bytes:
    partition = FetchPartition(partition=0, fetch_offset=0, partition_max_bytes=100 << 20)
    topics = [FetchTopic(topic="t", partitions=[partition])]
    request = FetchRequest(max_wait_ms=max_wait_ms, min_bytes=1, topics=topics)
    return encode_request(request, version, 1, "c")


def produce(driver: LoopDriver, size: int) -> bytes:
    """Stores a record of ``size`` bytes; the stored batch."""
    records = batch(b"x" * size)
    data = [PartitionProduceData(index=0, records=records)]
    request = ProduceRequest(
        acks=1, timeout_ms=1, topic_data=[TopicProduceData(name="t", partition_data=data)]
    )
    driver.broker.connect().ask(request, 9)
    return records


def frame_of(data: bytes) -> bytes:
    (size,) = struct.unpack_from(">i", data)
    assert len(data) == 4 + size
    return data[4:]


@pytest.mark.parametrize("size", [10, 100_000, 1_000_000])
def test_records_come_from_the_file(driver: LoopDriver, size: int) -> None:
    """Small ones with their header, larger ones region by region, all of them whole."""
    driver.broker.create_topic("t")
    stored = b"".join(produce(driver, size) for _ in range(3))
    answer = driver.exchange(driver.connect(), fetch(), len(stored) + 40)

    assert frame_of(answer).count(b"x" * size) == 3
    assert len(answer) - len(stored) < 100


def test_files_in_memory(driver: LoopDriver) -> None:
    """They have no descriptor to send from."""
    other = BrokerDriver()
    other.create_topic("t")
    found = other.node.replicas.find("t", 0)
    assert found is not None
    found.append(batch(b"x" * 100_000), 0, AppendOrigin.COORDINATOR)
    region = found.log.read(0, 1 << 20, end_offset=1, min_one_batch=True).records
    assert region is not None

    assert connection._descriptor(region) is None


def test_a_platform_without_sendfile(driver: LoopDriver, monkeypatch: pytest.MonkeyPatch) -> None:
    """Regions then go through memory, a piece at a time."""
    monkeypatch.setattr(connection, "_sendfile", None)
    driver.broker.create_topic("t")
    stored = produce(driver, 900_000)
    answer = driver.exchange(driver.connect(), fetch(), len(stored) + 40)

    assert b"x" * 900_000 in frame_of(answer)


def test_a_file_that_ends_early_ends_the_connection(
    driver: LoopDriver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was announced cannot be sent any more; trying again would not end."""
    driver.broker.create_topic("t")
    stored = produce(driver, 100_000)
    calls: list[int] = []

    def at_the_end(*_: object) -> int:
        calls.append(0)
        if len(calls) > 1:
            raise OSError("it was tried again")
        return 0

    monkeypatch.setattr(connection, "_sendfile", at_the_end)
    answer = driver.exchange(driver.connect(), fetch(), len(stored))

    assert len(answer) < 100
    assert len(calls) == 1


def test_a_client_that_does_not_read(driver: LoopDriver) -> None:
    """Its answers wait within bounds, it is not read any further, and others are served."""
    for index in range(50):
        driver.broker.create_topic(f"a-topic-with-quite-a-long-name-{index}", 50)
    greedy = driver.connect()
    greedy.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    question = encode_request(MetadataRequest(topics=None), 9, 1, "c")
    for _ in range(400):
        try:
            greedy.send(question * 10)
        except BlockingIOError:
            pass
        driver.loop.tick(0)
    (served,) = driver.connections

    assert sum(map(len, served.session.output)) < 1 << 20
    assert driver.exchange(driver.connect(), HELLO, 10)


def test_who_asks_a_lot_at_once_takes_turns(
    driver: LoopDriver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However many requests one client has sent, another waits for a few of them only."""
    monkeypatch.setattr(session, "TURN_MS", 0)
    greedy, modest = driver.connect(), driver.connect()
    single = len(driver.exchange(greedy, HELLO, 1))
    greedy.sendall(HELLO * 50)
    modest.sendall(HELLO)
    for _ in range(3):
        driver.loop.tick(0)

    assert len(modest.recv(1 << 20)) == single
    served = len(greedy.recv(1 << 20))
    assert served < 20 * single
    assert len(driver.exchange(greedy, b"", 50 * single - served)) == 50 * single - served


@pytest.mark.replaces_code
def test_what_is_no_request_ends_the_connection_in_a_later_turn_too(
    driver: LoopDriver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It comes after the answers to what was asked before."""
    monkeypatch.setattr(session, "TURN_MS", 0)
    client = driver.connect()
    single = len(driver.exchange(client, HELLO, 1))
    client.sendall(HELLO * 2 + b"\xff" * 8)
    for _ in range(5):
        driver.loop.tick(0)

    assert len(client.recv(1 << 20)) == 2 * single
    assert client.recv(1) == b""


def test_who_reads_fast_takes_turns(driver: LoopDriver, monkeypatch: pytest.MonkeyPatch) -> None:
    """A turn sends so many bytes of an answer, and others are answered in between."""
    monkeypatch.setattr(connection, "TURN_BYTES", 50_000)
    driver.broker.create_topic("t")
    stored = produce(driver, 600_000)
    fast, other = driver.connect(), driver.connect()
    fast.send(fetch())
    driver.loop.tick(1)
    received = fast.recv(1 << 20)
    assert 50_000 <= len(received) < 60_000
    other.send(HELLO)
    driver.loop.tick(1)

    assert len(other.recv(1 << 20)) > 100
    received += fast.recv(1 << 20)
    assert len(received) < 120_000
    assert frame_of(received + driver.exchange(fast, b"", len(stored) - len(received))).count(b"x")
    assert frame_of(driver.exchange(fast, HELLO, 100)), "nothing is left of the long answer"


def test_many_answers_in_order(driver: LoopDriver) -> None:
    """Pipelined requests come back one after the other."""
    client = driver.connect()
    hellos = b"".join(HELLO[:8] + struct.pack(">i", number) + HELLO[12:] for number in range(200))
    single = len(driver.exchange(driver.connect(), HELLO, 1))
    answers = driver.exchange(client, hellos, single * 200)

    numbers = [
        struct.unpack_from(">i", answers, position + 4)[0]
        for position in range(0, len(answers), single)
    ]
    assert numbers == list(range(200))


def test_garbage_ends_the_connection_alone(driver: LoopDriver) -> None:
    """The one that sent it, and no other."""
    good, bad = driver.connect(), driver.connect()

    assert driver.exchange(bad, b"GET / HTTP/1.1\r\n\r\n", 1) == b""
    assert driver.exchange(good, HELLO, 10)


def test_who_hangs_up_while_waiting_is_forgotten(driver: LoopDriver) -> None:
    """A parked fetch of a client that has gone holds nothing."""
    driver.broker.create_topic("t")
    client = driver.connect()
    client.send(fetch(max_wait_ms=10_000))
    driver.loop.tick(1)
    assert len(driver.broker.node.replicas.purgatory) == 1
    client.close()
    driver.loop.tick(1)
    produce(driver, 1)
    driver.loop.tick(0)

    assert len(driver.broker.node.replicas.purgatory) == 0


def test_what_was_sent_before_hanging_up_is_served(
    driver: LoopDriver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All of it, in as many turns as it takes: a producer with acks=0 may leave after sending."""
    monkeypatch.setattr(session, "TURN_MS", 0)
    driver.broker.create_topic("t")
    data = PartitionProduceData(index=0, records=batch(b"v"))
    topics = [TopicProduceData(name="t", partition_data=[data])]
    request = encode_request(ProduceRequest(acks=0, timeout_ms=1, topic_data=topics), 9, 1, "c")
    client = driver.connect()
    client.sendall(request * 50)
    client.close()
    for _ in range(100):
        driver.loop.tick(0)
    found = driver.broker.node.replicas.find("t", 0)

    assert found is not None
    assert found.log.log_end_offset == 50
    assert driver.connections == []


@pytest.mark.parametrize(("questions", "send_buffer_bytes"), [(20, 4 << 20), (2, 4096)])
def test_who_has_only_said_everything_gets_all_of_long_answers(
    driver: LoopDriver, questions: int, send_buffer_bytes: int
) -> None:
    """Those of later turns, and what the socket does not take at once."""
    for index in range(50):
        driver.broker.create_topic(f"a-topic-with-quite-a-long-name-{index}", 50)
    question = encode_request(MetadataRequest(topics=None), 9, 1, "c")
    size = len(driver.exchange(driver.connect(), question, 60_000))
    client = driver.connect()
    served = driver.connections
    for one in served:
        one._socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, send_buffer_bytes)
    client.send(question * questions)
    client.shutdown(socket.SHUT_WR)
    for _ in range(10):
        driver.loop.tick(0)
    assert not any(one.has_unsent and one._reading for one in served), "the loop does not rest"

    assert len(driver.exchange(client, b"", questions * size)) == questions * size


def test_who_has_only_said_everything_is_answered(driver: LoopDriver) -> None:
    """Half closed, as a pipe into netcat leaves a connection."""
    driver.broker.create_topic("t")
    client = driver.connect()
    client.send(fetch(max_wait_ms=10_000) + HELLO)
    client.shutdown(socket.SHUT_WR)
    for _ in range(3):
        driver.loop.tick(0)
    stored = produce(driver, 1)
    answers = driver.exchange(client, b"", 1 << 20)

    assert stored[61:] in answers
    assert len(frame_of(answers[4 + int.from_bytes(answers[:4], "big") :])) > 10


def test_who_talks_while_waiting_is_not_read(driver: LoopDriver) -> None:
    """What it sends stays in its socket until its answer has come; then it is served."""
    driver.broker.create_topic("t")
    client = driver.connect()
    client.send(fetch(max_wait_ms=10_000))
    driver.loop.tick(1)
    client.send(HELLO)
    driver.loop.tick(1)
    driver.loop.tick(0)
    stored = produce(driver, 10)
    answers = driver.exchange(client, b"", len(stored) + 100)

    assert answers.count(b"x" * 10) == 1
    assert len(answers) > len(stored) + 100
