"""The benchmark's checks notice what is wrong with answers and records."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import pytest

from kbroker.cli.raw_client import RawClient
from tools.bench.checks import (
    CheckError,
    check_answers,
    check_compression,
    check_contents,
    check_records,
    distinct_values,
    split_frames,
)
from tools.bench.subjects import ProcessSubject, serve
from tools.topic_requests import create_topic, produce_request
from wire.headers import encode_response
from wire.messages.produce import PartitionProduceResponse, ProduceResponse, TopicProduceResponse

VERSION = 9
VALUES = [b"one", b"two", b"three"]


def answer(offset: int, error_code: int = 0) -> bytes:
    """With its length."""
    partition = PartitionProduceResponse(index=0, error_code=error_code, base_offset=offset)
    topic = TopicProduceResponse(name="some", partition_responses=[partition])
    return b"".join(encode_response(ProduceResponse(responses=[topic]), VERSION, 1))


class Message(NamedTuple):
    place: int
    content: bytes
    failure: str | None = None

    def offset(self) -> int:
        return self.place

    def value(self) -> bytes:
        return self.content

    def error(self) -> str | None:
        return self.failure


class Consumer:
    def __init__(self, messages: Sequence[Message]) -> None:
        self._messages = list(messages)

    def consume(self, count: int, timeout: float) -> list[Message]:
        """Two at a time, as brokers give what they have."""
        given, self._messages = self._messages[: min(count, 2)], self._messages[min(count, 2) :]
        return given


def messages(distance: int = 1) -> list[Message]:
    return [Message(place * distance, value) for place, value in enumerate(VALUES)]


def test_good_answers_pass() -> None:
    frames = split_frames(answer(7) + answer(8))

    check_answers(frames, VERSION, [7, 8])


def test_offsets_may_be_left_open() -> None:
    check_answers(split_frames(answer(0) + answer(0)), VERSION, [None, None])


@pytest.mark.parametrize(
    ("stream", "words"),
    [
        (answer(7) + answer(8, error_code=6), "error 6"),
        (answer(7) + answer(7), "offset 7 instead of 8"),
        (answer(7), "1 answers to 2 requests"),
        (answer(7) + answer(8)[:-3], "cannot be decoded"),
    ],
)
def test_bad_answers_are_noticed(stream: bytes, words: str) -> None:
    with pytest.raises(CheckError, match=words):
        check_answers(split_frames(stream), VERSION, [7, 8])


@pytest.mark.parametrize("distance", [1, 2])
def test_good_records_pass(distance: int) -> None:
    assert check_records(Consumer(messages(distance)), VALUES, distance) == 3 * distance


@pytest.mark.parametrize(
    ("found", "words"),
    [
        (messages()[:2], "1 of 3 records are missing"),
        (messages()[1:], "offset 1 instead of 0"),
        ([*messages()[:2], Message(2, b"tree")], "another value .* at offset 2"),
        ([Message(0, b"one", "no leader")], "3 of 3 records are missing"),
    ],
)
def test_bad_records_are_noticed(found: list[Message], words: str) -> None:
    with pytest.raises(CheckError, match=words):
        check_records(Consumer(found), VALUES, 1)


def test_what_a_client_tells_of_other_requests_is_no_record() -> None:
    found = [Message(-1, b"", "no coordinator"), *messages()]

    assert check_records(Consumer(found), VALUES, 1) == 3


def test_values_differ_and_are_the_same_each_time() -> None:
    values = distinct_values(300, 100)

    assert len(set(values)) == 127
    assert values[127:254] == values[:127]
    assert values == distinct_values(300, 100)


@pytest.fixture(scope="module")
def bootstrap() -> Iterator[str]:
    """A broker whose topic "some" has the values in partition 0, and nothing in partition 1."""
    subject = ProcessSubject("kbroker", serve())
    with RawClient(subject.bootstrap) as client:
        create_topic(client, "some", 2)
        client.ask(produce_request("some", VALUES, 0), VERSION)
    yield subject.bootstrap
    subject.remove()


def test_another_compression_than_the_topic_has_fails(bootstrap: str) -> None:
    check_compression(bootstrap, "some", 0)

    with pytest.raises(CheckError, match="some is compressed with codec 0 instead of 3"):
        check_compression(bootstrap, "some", 3)


def test_the_records_of_a_topic_pass(bootstrap: str) -> None:
    check_contents(bootstrap, "some", [VALUES, []])


@pytest.mark.parametrize(
    ("expected", "words"),
    [
        ([VALUES[:2]], "some-0 ends at offset 3 instead of 2"),
        ([VALUES[::-1]], "another value"),
    ],
)
def test_other_records_of_a_topic_are_noticed(
    bootstrap: str, expected: list[list[bytes]], words: str
) -> None:
    with pytest.raises(CheckError, match=words):
        check_contents(bootstrap, "some", expected)
