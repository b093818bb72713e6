"""The floor answers as a broker would, though it reads and writes at known positions."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator

import pytest

from kbroker.cli.raw_client import RawClient
from tools.floor_broker import (
    FETCH_VERSION,
    PRODUCE_VERSION,
    Floor,
    UnknownRequestError,
    produce_answer,
)
from tools.topic_requests import produce_request
from wire.api_keys import ApiKey
from wire.headers import decode_response, encode_request
from wire.messages.fetch import FetchPartition, FetchRequest, FetchTopic
from wire.messages.metadata import MetadataRequest, MetadataRequestTopic
from wire.records import batches
from wire.schema import Message


@pytest.fixture
def client() -> Iterator[RawClient]:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
        with RawClient(f"127.0.0.1:{port}") as client:
            accepted, _ = listening.accept()
            serving = threading.Thread(target=Floor(port, 1000).serve, args=(accepted,))
            serving.start()
            yield client
    serving.join()


def fetch(offset: int, most_bytes: int) -> FetchRequest:
    partition = FetchPartition(partition=3, fetch_offset=offset, partition_max_bytes=most_bytes)
    topic = FetchTopic(topic="some", partitions=[partition])
    return FetchRequest(max_wait_ms=0, min_bytes=1, topics=[topic], forgotten_topics_data=[])


def test_records_are_acknowledged(client: RawClient) -> None:
    answer = client.ask(produce_request("some", [b"x"], 0), PRODUCE_VERSION)

    (topic,) = answer.responses
    (partition,) = topic.partition_responses
    assert (topic.name, partition.index, partition.error_code) == ("some", 0, 0)


def test_a_fetch_gets_the_batches_around_its_offset(client: RawClient) -> None:
    answer = client.ask(fetch(1000, 2_000_000), FETCH_VERSION)

    (topic,) = answer.responses
    (partition,) = topic.partitions
    found = list(batches(partition.records))
    assert (topic.topic, partition.partition_index, partition.error_code) == ("some", 3, 0)
    assert [(one.base_offset, one.next_offset) for one in found] == [(891, 1782), (1782, 2673)]
    assert all(one.is_valid() for one in found)
    assert [record.value for record in found[0]] == [b"x" * 1000] * 891


def test_metadata_leads_to_the_floor(client: RawClient) -> None:
    answer = client.ask(MetadataRequest(topics=[MetadataRequestTopic(name="some")]), 9)

    assert [topic.name for topic in answer.topics] == ["some"]
    assert answer.brokers[0].port == client.socket.getpeername()[1]


def test_requests_that_arrive_in_pieces(client: RawClient) -> None:
    """Two and a half, and the rest: each has its answer, in order."""
    frames = [
        encode_request(produce_request("some", [b"x" * 100_000], 0), PRODUCE_VERSION, number, "me")
        for number in (1, 2, 3)
    ]
    half = len(frames[2]) // 2

    client.socket.sendall(frames[0] + frames[1] + frames[2][:half])
    first = [client.read_frame(), client.read_frame()]
    client.socket.sendall(frames[2][half:])

    numbers = [int.from_bytes(frame[:4], "big") for frame in [*first, client.read_frame()]]
    assert numbers == [1, 2, 3]


def test_two_topics_are_too_many() -> None:
    request = produce_request("some", [b"x"], 0)
    request.topic_data *= 2
    frame = encode_request(request, PRODUCE_VERSION, 1, "me")

    with pytest.raises(UnknownRequestError):
        produce_answer(memoryview(frame)[4:])


def test_a_client_without_a_name() -> None:
    frame = encode_request(produce_request("some", [b"x"], 0), PRODUCE_VERSION, 7, None)

    answer = produce_answer(memoryview(frame)[4:])

    decoded = decode_response(answer[4:], ApiKey.PRODUCE, PRODUCE_VERSION)
    assert decoded.responses[0].name == "some"


@pytest.mark.parametrize("message", [produce_request("some", [b"x"], 0), fetch(0, 1)])
def test_another_version_ends_the_connection(message: Message) -> None:
    ours, theirs = socket.socketpair()
    floor = Floor(0, 10)
    with ours:
        ours.sendall(encode_request(message, 4, 1, "me"))
        floor.serve(theirs)

        assert ours.recv(1) == b""
