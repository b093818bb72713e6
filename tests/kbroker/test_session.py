"""One connection's conversation: framing, order, waiting, and what ends it."""

from __future__ import annotations

from itertools import count

import pytest

from kbroker import session
from kbroker.advertised_addresses import AdvertisedAddresses
from tests.drivers import BrokerDriver, Client, batch
from wire.api_keys import ApiKey
from wire.errors import ErrorCode
from wire.headers import encode_request
from wire.messages.api_versions import ApiVersionsRequest, ApiVersionsResponse
from wire.messages.fetch import FetchPartition, FetchRequest, FetchTopic
from wire.messages.join_group import JoinGroupRequest
from wire.messages.metadata import MetadataRequest
from wire.messages.produce import PartitionProduceData, ProduceRequest, TopicProduceData

VERSIONS = ApiVersionsRequest(client_software_name="test", client_software_version="1")


def waiting_fetch(topic: str = "t", min_bytes: int = 1) -> FetchRequest:
    partition = FetchPartition(partition=0, fetch_offset=0, partition_max_bytes=1 << 20)
    return FetchRequest(
        max_wait_ms=500,
        min_bytes=min_bytes,
        topics=[FetchTopic(topic=topic, partitions=[partition])],
    )


def produce(value: bytes = b"v") -> ProduceRequest:
    data = PartitionProduceData(index=0, records=batch(value))
    return ProduceRequest(
        acks=1, timeout_ms=100, topic_data=[TopicProduceData(name="t", partition_data=[data])]
    )


def test_a_frame_may_arrive_in_any_pieces(broker: BrokerDriver) -> None:
    """A request is answered once its last byte is there, however it was cut."""
    client = broker.connect()
    frame = encode_request(VERSIONS, 3, 1, "client")
    client._asked.append((VERSIONS.__facts__.api, 3))  # type: ignore[arg-type]
    for position in range(len(frame)):
        assert client.answers() == []
        client.send_bytes(frame[position : position + 1])

    assert [answer.error_code for answer in client.answers()] == [0]


def test_what_a_cut_frame_needs_counts_for_that_frame_only(broker: BrokerDriver) -> None:
    """Neither the requests before it nor those after it have to bring as many bytes."""
    client = broker.connect()
    long, short = (encode_request(VERSIONS, 3, 1, name) for name in ("x" * 1000, ""))
    client._asked += [(VERSIONS.__facts__.api, 3)] * 3  # type: ignore[list-item]
    client.send_bytes(long + long[:100])
    client.send_bytes(long[100:])
    assert len(client.answers()) == 2
    client.send_bytes(short)
    assert len(client.answers()) == 1


@pytest.mark.parametrize(("size", "is_served"), [(100, True), (99, False)])
def test_a_frame_may_be_as_large_as_the_setting_says(size: int, is_served: bool) -> None:
    broker = BrokerDriver(socket_request_max_bytes=str(size))
    client = broker.connect()
    others = len(encode_request(VERSIONS, 3, 1, "")) - 4
    hello = encode_request(VERSIONS, 3, 1, "x" * (100 - others))
    client.send_bytes(hello)
    assert client.closed is not is_served


def test_many_frames_may_arrive_at_once(broker: BrokerDriver) -> None:
    """Pipelined requests are all answered, in order."""
    client = broker.connect()
    frames = b"".join(
        encode_request(VERSIONS, version, version, "client") for version in (0, 1, 2, 3, 4)
    )
    client._asked += [(VERSIONS.__facts__.api, version) for version in (0, 1, 2, 3, 4)]  # type: ignore[misc]
    client.send_bytes(frames)

    assert [answer.error_code for answer in client.answers()] == [0] * 5


def test_a_waiting_answer_holds_back_the_requests_behind_it(broker: BrokerDriver) -> None:
    """Kafka mutes a connection until its answer is written; so answers keep their order."""
    broker.create_topic("t")
    client = broker.connect()
    client.send(waiting_fetch(), 11)
    client.send(VERSIONS, 3)

    assert client.answers() == []

    broker.connect().ask(produce(), 9)
    fetched, versions = client.answers() + client.answers()
    assert len(fetched.responses[0].partitions[0].records) > 61
    assert isinstance(versions, ApiVersionsResponse)


def test_an_answer_that_need_not_wait_holds_back_nothing(broker: BrokerDriver) -> None:
    """A handler may make it so that it could."""
    client = broker.connect()
    join = JoinGroupRequest(
        group_id="", session_timeout_ms=1, member_id="", protocol_type="", protocols=[]
    )
    assert client.ask(join, 5).error_code == ErrorCode.INVALID_GROUP_ID
    assert client.ask(VERSIONS, 3).error_code == 0


@pytest.mark.parametrize("min_bytes", [1, 10_000])
def test_a_closed_connection_no_longer_waits(broker: BrokerDriver, min_bytes: int) -> None:
    """A parked fetch of a client that has gone completes for nobody, and is forgotten, also where
    it would wait on."""
    broker.create_topic("t")
    client = broker.connect()
    client.send(waiting_fetch(min_bytes=min_bytes), 11)
    client.session.close()
    broker.connect().ask(produce(), 9)

    assert client.answers() == []
    assert len(broker.node.replicas.purgatory) == 0


def test_an_unknown_version_of_api_versions_is_told_the_known_ones(broker: BrokerDriver) -> None:
    """KIP-511: the answer is v0, UNSUPPORTED_VERSION, and the range of key 18."""
    client = broker.connect()
    frame = bytearray(encode_request(VERSIONS, 3, 7, "client"))
    frame[6:8] = (99).to_bytes(2, "big")
    client._asked.append((VERSIONS.__facts__.api, 0))  # type: ignore[arg-type]
    client.send_bytes(bytes(frame))
    assert client.session.output[0][4:8] == frame[8:12], "the number of the question"
    (answer,) = client.answers()

    assert answer.error_code == ErrorCode.UNSUPPORTED_VERSION
    assert [(key.api_key, key.min_version, key.max_version) for key in answer.api_keys] == [
        (18, 0, 4)
    ]
    assert not client.closed


def test_the_header_of_an_unknown_version_must_be_whole(broker: BrokerDriver) -> None:
    """With the tagged fields that all versions have which this broker does not know."""
    client = broker.connect()
    client.send_bytes(b"\0\0\0\x0a" + b"\0\x12" + b"\0\x63" + bytes(4) + b"\xff\xff")

    assert client.closed
    assert client.answers() == []


@pytest.mark.parametrize(
    "data",
    [
        pytest.param((-1).to_bytes(4, "big", signed=True), id="negative size"),
        pytest.param((1 << 30).to_bytes(4, "big"), id="a gigabyte announced"),
        pytest.param(b"\0\0\0\x04abcd", id="too short for a header"),
        pytest.param(b"GET / HTTP/1.1\r\n\r\n", id="another protocol"),
        pytest.param(b"\0\0\0\x0a" + b"\x7f\xff" + bytes(8), id="unknown API key"),
        pytest.param(
            b"\0\0\0\x0a" + b"\0\x03" + b"\0\x63" + bytes(4) + b"\xff\xff", id="unknown version"
        ),
        pytest.param(b"\0\0\0\x0a" + b"\0\x03" + b"\0\x05" + bytes(4) + b"\xff\xff", id="no body"),
    ],
)
def test_what_is_no_request_ends_the_connection(broker: BrokerDriver, data: bytes) -> None:
    """Kafka closes without an answer; we do, too."""
    client = broker.connect()
    client.send_bytes(data)

    assert client.closed
    assert client.answers() == []


def test_what_came_before_it_is_answered(broker: BrokerDriver) -> None:
    """Also where both arrived together: Kafka reads on when the answer is sent."""
    client = broker.connect()
    client._asked.append((ApiKey.API_VERSIONS, 3))
    client.send_bytes(encode_request(VERSIONS, 3, 1, "client") + b"\xff" * 8)

    assert client.closed
    assert [answer.error_code for answer in client.answers()] == [0]


def test_bytes_behind_a_request_are_ignored(broker: BrokerDriver) -> None:
    """As a running 4.3.1 does."""
    client = broker.connect()
    client._asked.append((VERSIONS.__facts__.api, 0))  # type: ignore[arg-type]
    client.send_bytes(b"\0\0\0\x0e" + b"\0\x12" + b"\0\0" + bytes(4) + b"\xff\xff" + b"junk")

    assert [answer.error_code for answer in client.answers()] == [0]


def test_memory_grows_with_what_came_not_with_what_was_announced(broker: BrokerDriver) -> None:
    """A client that announces the largest frame and sends little costs little."""
    client = broker.connect()
    client.send_bytes((100 << 20).to_bytes(4, "big") + b"x" * 100)

    assert len(client.inbox.unserved) == 104
    assert len(client.inbox.room()) < 1000


def test_a_client_that_does_not_read_is_not_served_further(broker: BrokerDriver) -> None:
    """Requests stay unserved while too much output waits to be sent."""
    broker.create_topic("t", 2000)
    client = broker.connect()
    for _ in range(50):
        client.send(MetadataRequest(topics=None), 9)

    assert client.session.blocked
    assert len(client.session.output) < 10
    client.session.sent(1)
    assert client.session.blocked
    client.session.sent(-1)
    received = 0
    while batch_of_answers := client.answers():
        received += len(batch_of_answers)
    assert received == 50


def test_what_is_sent_does_not_count_any_more(broker: BrokerDriver) -> None:
    """Whatever buffers it was in: those of records are parts of files."""
    broker.create_topic("t")
    client = broker.connect()
    client.ask(produce(), 9)
    client.ask(waiting_fetch(), 11)

    assert client.session.output_bytes == 0


def test_requests_that_come_at_once_are_served_in_turns(
    broker: BrokerDriver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Others are served in between; meanwhile nothing more is read, which would only be kept."""
    monkeypatch.setattr(session, "TURN_MS", 0)
    client = broker.connect()
    client._asked += [(ApiKey.API_VERSIONS, 3)] * 3
    client.send_bytes(encode_request(VERSIONS, 3, 1, "client") * 3)

    assert client.session.turn_over
    assert client.session.blocked
    assert [len(client.answers()) for _ in range(4)] == [1, 1, 1, 0]
    assert not client.session.blocked


def test_a_turn_lasts_for_its_time(broker: BrokerDriver, monkeypatch: pytest.MonkeyPatch) -> None:
    """Counted from its first request: one that takes half a turn is followed by two others."""
    client = broker.connect()
    readings = count(1)
    monkeypatch.setattr(broker.clock, "monotonic_ms", lambda: next(readings) * session.TURN_MS / 2)
    client.send_bytes(encode_request(VERSIONS, 3, 1, "client") * 10)

    assert len(client.session.output) == 3


def test_acks_zero_is_not_answered(broker: BrokerDriver) -> None:
    """The client wants none, so the next answer belongs to the next request."""
    broker.create_topic("t")
    client = broker.connect()
    request = produce()
    request.acks = 0
    client.send_bytes(encode_request(request, 9, 1, "client"))
    answer = client.ask(VERSIONS, 3)

    assert answer.error_code == 0


def test_a_failing_handler_is_answered_and_reported(
    broker: BrokerDriver, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A defect of ours is UNKNOWN_SERVER_ERROR for this request, and nothing for anybody else."""
    monkeypatch.setattr(AdvertisedAddresses, "choose", lambda *_: 1 / 0)
    client: Client = broker.connect()
    answer = client.ask(MetadataRequest(topics=[]), 13)

    assert answer.error_code == ErrorCode.UNKNOWN_SERVER_ERROR
    assert "METADATA v13 failed" in caplog.text
    assert not client.closed


@pytest.mark.replaces_code
def test_an_answer_that_cannot_be_encoded_ends_its_connection_alone(
    broker: BrokerDriver, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Whoever's request brought it about."""
    broker.create_topic("t")
    waiting, other = broker.connect(), broker.connect()
    waiting.send(waiting_fetch(), 11)
    found = broker.node.replicas.find("t", 0)
    assert found is not None
    monkeypatch.setattr(type(found), "last_stable_offset", 1 << 70)
    answer = other.ask(produce(), 9)

    assert answer.responses[0].partition_responses[0].error_code == 0
    assert waiting.closed
    assert not other.closed
    assert "could not be encoded" in caplog.text


@pytest.mark.replaces_code
def test_a_defect_outside_of_handlers_ends_its_connection_alone(
    broker: BrokerDriver, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Its trace is in the log; what was asked before it is answered."""
    client, other = broker.connect(), broker.connect()
    answers = iter([ApiVersionsResponse(error_code=0, api_keys=[])])
    monkeypatch.setattr(session, "dispatch", lambda *_: next(answers))
    client._asked.append((ApiKey.API_VERSIONS, 3))
    client.send_bytes(encode_request(VERSIONS, 3, 1, "client") * 2)
    monkeypatch.undo()

    assert client.closed
    assert len(client.answers()) == 1
    assert "could not be served" in caplog.text
    assert other.ask(VERSIONS, 3).error_code == 0
